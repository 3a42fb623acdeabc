"""Hostile files are refused with a reason, and at once."""

import contextlib
import io
import json
import stat
import zipfile

import pytest

from question_bank.formats import aiken, gift, lossless, moodle, numbered, qti, spreadsheet
from question_bank.formats.base import MAX_BYTES, FormatError
from question_bank.formats.markup import HasMedia, plain
from question_bank.formats.numbered import new_document, save
from question_bank.formats.registry import detect
from question_bank.formats.safety import open_zip, parse_xml

LAUGHS = '<!DOCTYPE q [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "&a{n - 1 if n > 1 else ""};&a{n - 1 if n > 1 else ""};">' for n in range(1, 30)) + "]><quiz>&a29;</quiz>"  # fmt: skip


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in entries:
            written.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS.encode(),
        b'<!DOCTYPE q SYSTEM "http://example.org/x.dtd"><quiz/>',
        b'<!DOCTYPE q [<!ENTITY f SYSTEM "file:///etc/passwd">]><quiz>&f;</quiz>',
        b"<quiz>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</quiz>",
        b"<quiz>" + b"<a/>" * 300_000 + b"</quiz>",
        b"<quiz " + b" ".join(b'a%d=""' % n for n in range(20_000)) + b"/>",
        b"<quiz><a></quiz>",
        b"",
    ],
    ids=["laughs", "dtd", "entity", "deep", "wide", "long tag", "broken", "empty"],
)
@pytest.mark.parametrize("read", [parse_xml, moodle.read, qti.read], ids=["xml", "moodle", "qti"])
def test_xml_that_means_harm_is_refused(data: bytes, read) -> None:
    with pytest.raises(FormatError):
        read(data)


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "data",
    [
        archive(("../../etc/cron.d/x", b"x")),
        archive(("/etc/passwd", b"x")),
        archive(("c:\\windows\\x", b"x")),
        archive((linked(), b"/etc/passwd")),
        archive(("bomb", b"\x00" * (40 << 20))),
        archive(*[(f"f{n}", b"") for n in range(6001)]),
        b"PK\x03\x04" + b"\x00" * 100,
    ],
    ids=["parent", "absolute", "drive", "link", "bomb", "many", "broken"],
)
def test_archives_that_mean_harm_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_zip(data)


@pytest.mark.parametrize(
    "read", [moodle.read, gift.read, lossless.read, spreadsheet.read, numbered.read_docx, numbered.read_text]
)
def test_a_file_beyond_the_limit_is_refused_before_it_is_read(read) -> None:
    with pytest.raises(FormatError, match="10 MB"):
        read(b"x" * (MAX_BYTES + 1), "x")


@pytest.mark.parametrize(
    ("piece", "said"), [("<w:p/>" * 70_000, "段"), (f"<w:p>{'<w:r><w:t>x</w:t></w:r>' * 210_000}</w:p>", "处文字")]
)
def test_documents_without_end_are_refused_before_they_are_read(piece: str, said: str) -> None:
    entries = open_zip(save(new_document()))
    document = entries["word/document.xml"].decode()
    noise = "".join(f"<!--{n * n}-->" for n in range(40_000))  # a bomb by its ratio would be refused before
    entries["word/document.xml"] = document.replace("<w:body>", f"<w:body>{noise}{piece}").encode()
    with pytest.raises(FormatError, match=said):
        numbered.read_docx(archive(*entries.items()), "x.docx")


def test_macros_are_refused_in_documents_and_tables() -> None:
    document = archive(("word/document.xml", b"<x/>"), ("word/vbaProject.bin", b"x"))
    with pytest.raises(FormatError, match="宏"):
        numbered.read_docx(document, "x.docx")
    with pytest.raises(FormatError, match="宏"):
        spreadsheet.read(archive(("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"x")), "x.xlsx")
    with pytest.raises(FormatError, match="宏"):
        detect(document, "x.docm")


def test_a_text_without_end_is_refused_by_name_and_the_rest_is_kept() -> None:
    long = "长" * 6000
    result = gift.read(f"::a:: {long} {{=甲 ~乙}}\n\n::b:: 乙？ {{=甲 ~乙}}\n".encode())
    assert [read.item.stem for read in result.items] == ["乙？"]
    assert result.problems[0].where == "第 1 题（a）"
    result = spreadsheet.read_sheets(
        [("", [["题干", "选项A", "选项B", "答案"], [long, "一", "二", "A"], ["乙？", "一", "二", "A"]])]
    )
    assert len(result.items) == 1 and "5000" in result.problems[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"not json",
        b'{"qingyuan_items": 2, "items": []}',
        b'{"qingyuan_items": 1, "items": {}}',
        b"[" * 100_000,
    ],
)
def test_json_of_another_kind_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        lossless.read(data)


@pytest.mark.parametrize(
    "change", [{"stem": 5}, {"kind": "essay"}, {"difficulty": True}, {"choices": [1]}, {"extra": 1}, {"bands": ["x"]}]
)
def test_json_items_with_wrong_fields_are_named(change: dict[str, object]) -> None:
    body = json.loads(lossless.write([]).data)
    from tests.unit.question_bank.examples import SINGLE

    body["items"] = [{**SINGLE.to_dict(), **change}, SINGLE.to_dict()]
    result = lossless.read(json.dumps(body).encode())
    assert len(result.items) == 1
    assert result.problems[0].where == "第 1 题（law-0001）"


def test_markup_loses_its_scripts_and_keeps_its_words() -> None:
    assert plain("<p>甲<br>乙</p><script>alert('x')</script><style>p{}</style>&lt;b&gt;") == "甲\n乙\n<b>"
    with pytest.raises(HasMedia):
        plain("<p>看<img src=x onerror=alert(1)></p>")


@pytest.mark.parametrize("read", [gift.read, aiken.read, spreadsheet.read, numbered.read_text])
@pytest.mark.parametrize(
    "text", ["\n" * 200_000, "长" * 60_000, "{}" * 40_000], ids=["lines", "one line", "braces"]
)  # fmt: skip
def test_texts_without_end_are_refused_before_they_are_read(read, text: str) -> None:
    with pytest.raises(FormatError, match="行"):
        read(text.encode(), "x.csv")


def test_tables_of_empty_cells_or_with_an_open_quote_are_refused() -> None:
    with pytest.raises(FormatError, match="格"):
        spreadsheet.read(("," * 9000 + "\n").encode() * 60, "x.csv")
    with pytest.raises(FormatError, match="引号"):
        spreadsheet.read(b'"' + ("长" * 1000 + "\n").encode() * 200, "x.csv")


def test_a_question_without_end_is_named_and_the_rest_is_kept() -> None:
    endless = "1. 甲？\nA. 一\nB. 二\n" + ("长" * 900 + "\n") * 60 + "答案：A\n\n2. 乙？\nA. 一\nB. 二\n答案：B\n"
    result = numbered.read_text(endless.encode(), "x.txt")
    assert [read.item.stem for read in result.items] == ["乙？"]
    assert "30000" in result.problems[0].message
    result = gift.read(("::a:: 甲 {" + ("=长" * 200 + "\n") * 100 + "}\n\n乙？ {=甲 ~乙}\n").encode())
    assert [read.item.stem for read in result.items] == ["乙？"]
    assert len(result.problems) == 1


@pytest.mark.parametrize(
    "stem", ["（" * 3000, "A. " * 1500, "1-" * 2000 + "A", "【答案】" * 800, "::" * 2000, "\\" * 4000]
)
def test_texts_made_to_slow_a_reader_down_do_not(stem: str) -> None:
    for read in (numbered.read_text, gift.read):
        with contextlib.suppress(FormatError):
            read(f"1. {stem}\nA. 甲\nB. 乙\n答案：A\n参考答案\n{stem}\n".encode(), "x")
