"""A bulletin as PDF on A4, like word.py: text upright, the table on sheets across. Template: templates/reports/bulletin.typ."""

from collections.abc import Iterator

from flask_babel import gettext as _

from quiz.awards import labels
from quiz.awards.fonts import FontSet
from quiz.awards.rules import missing_letters
from quiz.awards.typesetting import typeset
from quiz.config import ROOT
from quiz.errors import ConflictError
from quiz.i18n import current_locale
from quiz.reports.bulletin.words import Document

TEMPLATE = ROOT / "templates" / "reports" / "bulletin.typ"
ROWS_ON_A_PAGE = 25


def write(found: Document, fonts: FontSet) -> bytes:
    """The document's bytes. ConflictError where fonts or letters are missing, saying which."""
    if not fonts.is_there:
        raise ConflictError("这台服务器没有中文字体，暂时不能导出 PDF。可以导出 Word，或请管理员添加字体。")
    data = {
        "locale": current_locale(), "title": found.title, "state": _("（%(state)s）", state=found.state) if found.state else "",
        "addressee": found.addressee, "sections": found.sections, "columns": [one.heading for one in found.columns],
        "rows": [[cell.text for cell in row] for row in found.rows], "total": [cell.text for cell in found.total],
        "annex": found.annex, "notes": found.notes, "organisers": found.organisers, "date": found.date,
        "number_label": _("文号"), "organiser_label": _("主办单位"),
    }  # fmt: skip
    missing = missing_letters("".join(_texts(data)), fonts.letters)
    if missing:
        raise ConflictError(
            "字体里没有这些字：%(letters)s。可以导出 Word，或请管理员添加字体后再导出 PDF。",
            letters=labels.letters(missing),
        )
    return typeset(TEMPLATE, data, fonts, size=2 + len(found.rows) // ROWS_ON_A_PAGE)[0]


def _texts(value: object) -> Iterator[str]:
    """Everything that will be printed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
