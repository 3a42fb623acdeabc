"""The upload form and the confirmation form."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField

from quiz.web.forms import BaseForm

ACCEPT = ".xlsx,.xls,.csv,.txt,.tsv"


class UploadForm(BaseForm):
    """One spreadsheet."""

    file = FileField(
        _l("名册文件"),
        description=_l("xlsx、xls 或 csv，最大 5 MB、20000 行"),
        render_kw={"accept": ACCEPT, "required": True},
    )


class ConfirmForm(BaseForm):
    """What was seen, and whether pupils missing from the file leave."""

    digest = HiddenField()
    remove_missing = BooleanField(_l("把名册里没有的学生转出"))
