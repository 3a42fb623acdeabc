"""The numbered layout as a text file and as a Word document (.docx), in and out."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime

from docx import Document
from docx.document import Document as DocxDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

from question_bank.formats import numbered_text, spreadsheet
from question_bank.formats.base import FIELDS, Format, FormatError, ReadResult, Written
from question_bank.formats.safety import decode, open_zip
from question_bank.formats.word_numbering import Numbering
from question_bank.model import Item, ItemKind

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAX_PARAGRAPHS = 65_000
MAX_RUNS = 200_000
_LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 - the same items give the same bytes


def read_text(data: bytes, filename: str = "") -> ReadResult:
    """A text file, or pasted text as bytes."""
    return numbered_text.read_text(decode(data))


def read_docx(data: bytes, filename: str = "") -> ReadResult:
    """A Word document: its paragraphs with Word's own numbering, and its tables. Raises FormatError."""
    names = open_zip(data)
    if any("vbaproject" in name.casefold() for name in names) or filename.casefold().endswith((".docm", ".dotm")):
        raise FormatError("文档带宏，不读取。请另存为不带宏的 .docx。")
    if "word/document.xml" not in names:
        raise FormatError("这不是 Word 文档（.docx）。请用 Word 打开后另存为 .docx。")
    try:
        document = Document(io.BytesIO(data))
        _check_length(document)
        return _read(document)
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise FormatError(f"Word 文档打不开：{str(error)[:120]}。请另存为新的 .docx。") from None


def _check_length(document: DocxDocument) -> None:
    """Raises FormatError for more paragraphs (cells of tables too) or pieces of text than a bank of 5,000 has."""
    for tag, most, what in (("w:p", MAX_PARAGRAPHS, "段"), ("w:t", MAX_RUNS, "处文字")):
        if sum(1 for _ in document.element.body.iter(qn(tag))) > most:
            raise FormatError(f"Word 文档超过 {most} {what}，不读取。请拆成几个文件后再试。")


def _read(document: DocxDocument) -> ReadResult:
    tables = [_cells(table) for table in document.tables]
    with_headings = [rows for rows in tables if _is_question_table(rows)]
    if with_headings:
        return spreadsheet.read_sheets([(f"表 {n}", rows) for n, rows in enumerate(with_headings, 1)])
    result = numbered_text.read_text("\n".join(_lines(document)))
    pictures = len(document.inline_shapes)
    if not pictures:
        return result
    note = f"文档里有 {pictures} 张图片没有读取；带图的题请逐题核对。"
    return ReadResult(result.items, result.problems, (*result.notes, note))


def _cells(table: Table) -> list[list[str]]:
    return [[cell.text.strip() for cell in row.cells] for row in table.rows]


def _is_question_table(rows: list[list[str]]) -> bool:
    try:
        return bool(spreadsheet.read_sheets([("", rows)]).items)
    except FormatError:
        return False


def _lines(document: DocxDocument) -> Iterator[str]:
    """Paragraphs in order with the numbers that Word shows, and the cells of tables one by one."""
    numbering = Numbering(document)
    for block in document.element.body.iterchildren():
        if block.tag == qn("w:p"):
            paragraph = Paragraph(block, document)
            prefix = numbering.next(paragraph)
            yield from f"{prefix}{paragraph.text}".split("\n")
        elif block.tag == qn("w:tbl"):
            for row in _cells(Table(block, document)):
                yield from "\n".join(dict.fromkeys(row)).split("\n")


def write_text(items: Sequence[Item]) -> Written:
    """A UTF-8 text."""
    text, refused = numbered_text.write_text(items)
    return Written(text.encode() + b"\n", tuple(refused))


def write_docx(items: Sequence[Item]) -> Written:
    """A Word document with the same lines."""
    text, refused = numbered_text.write_text(items)
    document = new_document()
    for line in text.split("\n"):
        document.add_paragraph(line).paragraph_format.space_after = Pt(0)
    return Written(save(document), tuple(refused))


def new_document() -> DocxDocument:
    """An empty document in a font that Chinese computers have."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Microsoft YaHei", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "微软雅黑")
    properties = document.core_properties
    properties.created = properties.modified = _LONG_AGO
    properties.author = "清源"
    return document


def save(document: DocxDocument) -> bytes:
    """The document's bytes, the same for the same content."""
    target = io.BytesIO()
    document.save(target)
    return fixed_zip(open_zip(target.getvalue()))


def fixed_zip(entries: dict[str, bytes]) -> bytes:
    """A zip archive whose bytes depend on its entries alone."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


TEXT_FORMAT = Format(
    code="text", name="带题号的文本", extension="txt", media_type="text/plain", kinds=frozenset(ItemKind),
    fields=frozenset(FIELDS), write=write_text, read=read_text,
)  # fmt: skip
DOCX_FORMAT = Format(
    code="docx", name="Word 文档", extension="docx", media_type=DOCX_TYPE, kinds=frozenset(ItemKind),
    fields=frozenset(FIELDS), write=write_docx, read=read_docx,
)  # fmt: skip
