"""A bulletin as a Word document on A4: text upright, the table on a sheet across. What is to be filled in is marked."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from docx.document import Document as DocxDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from flask_babel import gettext as _

from question_bank.controls import one_line
from question_bank.formats.numbered import new_document, save
from quiz.reports.bulletin.words import Cell, Document

BODY, HEADING, TITLE = "仿宋", "黑体", "宋体"
NAME_WIDTH, NUMBER_WIDTH = 3176, 1020  # twentieths of a point: 56 and 18 mm


def write(found: Document) -> bytes:
    """The document's bytes."""
    document = new_document()
    _upright(document)
    _head(document, found)
    for heading, paragraphs in found.sections:
        _styled(document.add_paragraph(), heading, HEADING, 16)
        for text in paragraphs:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.first_line_indent = Pt(32)
            _styled(paragraph, text, BODY, 16)
    _signature(document, found)
    _annex(document, found)
    return save(document)


def _upright(document: DocxDocument) -> None:
    """A4 with the margins of official documents, and a style without space around paragraphs."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    layout = document.styles["Normal"].paragraph_format
    layout.space_before, layout.space_after, layout.line_spacing = Pt(0), Pt(0), Pt(28)


def _head(document: DocxDocument, found: Document) -> None:
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _blank(number, _("（文号待填）"))
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = Pt(18)
    _styled(title, found.title, TITLE, 22).bold = True
    if found.state:
        state = document.add_paragraph()
        state.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _styled(state, _("（%(state)s）", state=found.state), BODY, 16)
    addressee = document.add_paragraph()
    addressee.paragraph_format.space_before = Pt(18)
    _styled(addressee, found.addressee, BODY, 16)


def _signature(document: DocxDocument, found: Document) -> None:
    annex = document.add_paragraph()
    annex.paragraph_format.first_line_indent = Pt(32)
    annex.paragraph_format.space_before = Pt(18)
    _styled(annex, found.annex, BODY, 16)
    lines = [document.add_paragraph() for _line in found.organisers or ("",)]
    date = document.add_paragraph()
    lines[0].paragraph_format.space_before = Pt(36)
    for paragraph in (*lines, date):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_together = True
    for paragraph, organisation in zip(lines, found.organisers, strict=False):
        _styled(paragraph, organisation, BODY, 16)
    if not found.organisers:
        _blank(lines[0], _("（主办单位待填）"))
    _styled(date, found.date, BODY, 16)


def _annex(document: DocxDocument, found: Document) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin = section.bottom_margin = section.left_margin = section.right_margin = Mm(20)
    heading = document.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _styled(heading, found.annex, HEADING, 16)
    heading._p.addnext(parse_xml(_table(found, document.styles["Table Grid"].style_id)))
    for text in found.notes:
        _styled(_tight(document.add_paragraph()), text, BODY, 10.5)


def _table(found: Document, style: str) -> str:
    """The table as Word's XML, written out: cell by cell through python-docx two thousand rows take ten seconds."""
    widths = [NAME_WIDTH, *[NUMBER_WIDTH] * (len(found.columns) - 1)]
    heading = [Cell(column.heading) for column in found.columns]
    rows = [_row(heading, widths, is_heading=True), *(_row(row, widths) for row in found.rows)]
    rows.append(_row(found.total, widths, is_bold=True))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="0" w:type="auto"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _row(row: Sequence[Cell], widths: Sequence[int], *, is_heading: bool = False, is_bold: bool = False) -> str:
    """One row; it is not torn apart, and the heading comes again on every page."""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
        f'<w:spacing w:line="276" w:lineRule="auto"/><w:jc w:val="{"center" if at else "left"}"/></w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{BODY}" w:hAnsi="{BODY}" w:eastAsia="{BODY}"/>{"<w:b/>" if is_heading or is_bold else ""}'
        f'<w:sz w:val="21"/></w:rPr><w:t xml:space="preserve">{escape(one_line(cell.text))}</w:t></w:r></w:p></w:tc>'
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_heading else ''}</w:trPr>{cells}</w:tr>"


def _tight(paragraph: Paragraph) -> Paragraph:
    paragraph.paragraph_format.line_spacing = 1.15
    return paragraph


def _styled(paragraph: Paragraph, text: str, font: str, size: float) -> Run:
    run = paragraph.add_run(one_line(text))
    run.font.name, run.font.size = font, Pt(size)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _blank(paragraph: Paragraph, text: str) -> None:
    """Something that only the issuing office knows: marked yellow, so that nobody overlooks it."""
    _styled(paragraph, text, BODY, 16).font.highlight_color = WD_COLOR_INDEX.YELLOW
