"""Every format that questions come in and go out in, and how a file tells which one it is."""

from question_bank.formats import aiken, gift, lossless, moodle, numbered, qti, spreadsheet
from question_bank.formats.base import Format, FormatError

FORMATS: dict[str, Format] = {
    one.code: one
    for one in (
        spreadsheet.FORMAT,
        spreadsheet.CSV_FORMAT,
        numbered.DOCX_FORMAT,
        numbered.TEXT_FORMAT,
        moodle.FORMAT,
        gift.FORMAT,
        aiken.FORMAT,
        *qti.FORMATS,
        lossless.FORMAT,
    )
}

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF"
_MACROS = (".docm", ".xlsm", ".dotm", ".xltm")


def detect(data: bytes, filename: str) -> Format:
    """The format of a file, by its content first and its name second.

    Raises FormatError when it is none that can be read, saying what to do.
    """
    name, start = filename.casefold(), data[:4096]
    if name.endswith(_MACROS):
        raise FormatError("文件带宏，不读取。请另存为不带宏的 .docx 或 .xlsx。")
    if start.startswith(_ZIP):
        return FORMATS[_zip_code(data)]
    if start.startswith(_OLE):
        return FORMATS["xlsx"]
    if start.startswith(_PDF):
        raise FormatError("PDF 里的题目读不准。请用原来的 Word 或表格文件。")
    text = start.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return FORMATS[_xml_code(text)]
    if text.startswith("{") and '"qingyuan' in text[:400]:
        return FORMATS["json"]
    return FORMATS[_text_code(text, name)]


def _zip_code(data: bytes) -> str:
    from question_bank.formats.safety import open_zip

    names = set(open_zip(data))
    if "word/document.xml" in names:
        return "docx"
    if any(one.startswith("xl/") for one in names):
        return "xlsx"
    manifest = next((one for one in names if one.rpartition("/")[2] == "imsmanifest.xml"), None)
    if manifest is None:
        raise FormatError("压缩包里没有能读的题目。请上传 Word、Excel 文件，或带 imsmanifest.xml 的 QTI 包。")
    return "qti21"


def _xml_code(text: str) -> str:
    if "<quiz" in text:
        return "moodle"
    if "imsqtiasi" in text or "qti" in text.casefold():
        return "qti21"
    if text[:200].casefold().startswith(("<!doctype html", "<html")):
        raise FormatError("这是一个网页。请把题目复制下来，粘贴到文本框里。")
    raise FormatError("认不出这种 XML。能读 Moodle XML 和 QTI 2.1、2.2、3.0。")


def _text_code(text: str, name: str) -> str:
    if name.endswith((".csv", ".tsv")):
        return "csv"
    if name.endswith((".gift", ".gift.txt")):
        return "gift"
    lines = [line.strip() for line in text.splitlines()]
    if any(line.startswith("ANSWER:") for line in lines):
        return "aiken"
    if any(line.startswith(("::", "$CATEGORY:")) for line in lines):
        return "gift"
    return "text"
