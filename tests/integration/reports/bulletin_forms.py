"""A bulletin read as people get it: from the page, and from the PDF, Word document and workbook behind its buttons."""

import io

from docx import Document
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.pages import page, post, text_of

Row = list[str]


def of_page(client: FlaskClient, path: str) -> list[Row]:
    soup = page(client.get(path))
    return [[text_of(cell) for cell in row.select("th, td")] for row in soup.select(".sheet tbody tr")]


def file_of(client: FlaskClient, path: str, ending: str) -> bytes:
    """Press the page's button."""
    form = page(client.get(path)).select_one(f"form[method=post][action*='bulletin.{ending}']")
    response = post(client, str(form["action"]), via=path)
    assert response.status_code == 200 and ending in response.headers["Content-Disposition"]
    return response.data


def word_of(client: FlaskClient, path: str) -> tuple[list[Row], str]:
    document = Document(io.BytesIO(file_of(client, path, "docx")))
    (table,) = document.tables
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    return rows[1:], "\n".join(paragraph.text for paragraph in document.paragraphs)


def pdf_pages(data: bytes) -> list[str]:
    return [one.extract_text() for one in PdfReader(io.BytesIO(data)).pages]


def tables_of(pages: list[str]) -> list[list[str]]:
    """What the sheets across say under the heading of the table, line by line; the first of them has its title too."""
    found = [[line.strip() for line in text.splitlines()] for text in pages]
    return [lines[1 + next(at for at, line in enumerate(lines) if line.endswith("名次")) :] for lines in found if any(
        line.endswith("名次") for line in lines)]  # fmt: skip


def pdf_of(client: FlaskClient, path: str) -> tuple[list[Row], str]:
    """The rows: twelve pieces without a space between, the last of them a rank; and all that stands on upright sheets."""
    pages = pdf_pages(file_of(client, path, "pdf"))
    (lines,) = tables_of(pages)
    end = next(at for at, line in enumerate(lines) if line.startswith("合计"))
    return [line.split(" ") for line in lines[: end + 1]], "".join("".join(pages).split())


def workbook_of(client: FlaskClient, path: str) -> tuple[list[list[object]], str]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(file_of(client, path, "xlsx")))
    assert book.sheet_names == ["附表", "正文"]
    text = "\n".join(str(row[0]) for row in book.get_sheet_by_index(1).to_python())
    return book.get_sheet_by_index(0).to_python()[1:], text
