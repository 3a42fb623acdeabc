"""A field for a moment in school time."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField

from quiz.clock import LOCAL_ZONE

MOMENT = _l("请写完整的日期和时间，例如 2026-06-26 18:00。")
DATETIME = "%Y-%m-%dT%H:%M"


class MomentField(DateTimeLocalField):
    """A moment in school time; ``data`` is aware. The browser's own picker writes “2026-06-26T18:00”."""

    data: Any

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, format=[DATETIME, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.astimezone(LOCAL_ZONE).strftime(DATETIME) if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(MOMENT)) from error
        if self.data is not None:
            self.data = self.data.replace(tzinfo=LOCAL_ZONE)
