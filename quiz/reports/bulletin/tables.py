"""A bulletin as a workbook: the table with numbers as numbers, and the text on a sheet beside it."""

from flask_babel import gettext as _

from quiz.reports.bulletin.words import Document
from quiz.web.spreadsheets import Cell, Sheet

WIDTHS = (36, 12, 12, 14, 12, 12, 14, 12, 12, 10, 14, 8)


def sheets(found: Document) -> list[Sheet]:
    """The table (headings, units, total), then title, text and notes line by line."""
    rows: list[list[Cell]] = [
        [cell.number if at else cell.text for at, cell in enumerate(row)] for row in (*found.rows, found.total)
    ]
    headings = [
        _("%(heading)s（%%）", heading=column.heading) if column.is_rate else column.heading for column in found.columns
    ]
    lines = [found.state, found.addressee]
    for heading, paragraphs in found.sections:
        lines += [heading, *paragraphs]
    lines += [*found.organisers, found.date, *found.notes]
    text = Sheet(_("正文"), [found.title], [[line] for line in lines if line], [100])
    return [Sheet(_("附表"), headings, rows, WIDTHS), text]
