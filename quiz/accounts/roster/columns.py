"""From a spreadsheet to roster rows: which column is what, and what is wrong with a cell. Pure.

Only number, name, gender, class, grade and consent to publication are read. Whatever else a school's export holds stays in the file.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import date

from quiz.errors import DomainError
from quiz.regions.headings import Column, Headings, find_headings
from quiz.regions.tables import Cell, Row, cell_text, has_lost_digits, number_text, read_tables

COLUMNS = (
    Column("number", ("学号", "学生学号", "校内学号", "学籍号", "教育ID", "全国学籍号", "学籍副号", "考号", "准考证号", "学生编号", "参赛号", "工号", "编号")),
    Column("name", ("姓名", "学生姓名", "名字", "学生名字", "成员姓名")),
    Column("class", ("班级", "班级名称", "行政班", "行政班级", "所在班级", "班别", "班", "科室", "科室或网格", "部门", "处室", "网格", "小组")),
    Column("grade", ("年级", "年级名称", "所在年级", "届别", "级别")),
    Column("gender", ("性别", "学生性别")),
    Column("consent", ("同意公开姓名", "是否同意公开姓名", "同意公开全名", "是否同意公开全名", "公开姓名")),
)  # fmt: skip
REQUIRED = frozenset({"number", "name", "class"})
TITLES = {"number": "学号", "name": "姓名", "class": "班级", "grade": "年级", "gender": "性别"}
GENDERS = {
    "男": "男",
    "女": "女",
    "男性": "男",
    "女性": "女",
    "男生": "男",
    "女生": "女",
    "m": "男",
    "f": "女",
    "1": "男",
    "2": "女",
}
CONSENTS = {
    "是": "yes", "同意": "yes", "yes": "yes", "y": "yes", "√": "yes", "✓": "yes",
    "否": "no", "不同意": "no", "no": "no", "n": "no", "×": "no",
}  # fmt: skip
REMARKS = ("合计", "总计", "共计", "备注", "说明", "注:", "注：", "制表", "填表")
MAX_NUMBER, MAX_NAME = 32, 60
_DOTS = re.compile(r"\s*[•∙・‧●⋅･•]\s*|(?<=[^\x00-\x7f])\s*[.．·]\s*(?=[^\x00-\x7f])")
_CJK_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]*")
_IDENTITY = re.compile(r"[GL]?([1-9]\d{5})(\d{8})\d{3}[\dX]")


@dataclass(frozen=True)
class Problem:
    """What is wrong (or doubtful) in a cell: ``message`` is a msgid, ``params`` fill it, ``value`` is as written."""

    field: str
    value: str
    message: str
    params: dict[str, object] = with_default(default_factory=dict)


@dataclass(frozen=True)
class RosterRow:
    """A row of the file as read. ``line`` is the number that the spreadsheet shows; ``consent`` is yes, no or empty."""

    line: int
    number: str
    name: str
    gender: str
    class_text: str
    grade_text: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    consent: str = ""


@dataclass(frozen=True)
class RosterFile:
    """All rows, and what a person should know about how the file was read."""

    rows: tuple[RosterRow, ...]
    labels: dict[str, str]
    ignored: tuple[str, ...]
    personal: tuple[str, ...]
    encoding: str
    heading_line: int


def read_roster(
    data: bytes, filename: str, progress: Callable[[int, int], None] = lambda done, total: None
) -> RosterFile:
    """Read a roster from a spreadsheet's bytes.

    Raises DomainError when the file is no readable table or lacks one of the columns 学号, 姓名, 班级.
    """
    headings = find_headings(read_tables(data, filename), COLUMNS, REQUIRED)
    missing = [TITLES[key] for key in ("number", "name", "class") if headings is None or key not in headings.positions]
    if headings is None or missing:
        raise DomainError(
            "没有找到这些列：%(columns)s。请在表头写上“学号、姓名、班级”，或者下载模板填写。",
            field="file", columns="、".join(missing),
        )  # fmt: skip
    body = [row for row in headings.body if not _is_remark(row, headings)]
    if not body:
        raise DomainError("表头下面没有学生。请确认名单写在同一张工作表里。", field="file")
    rows = []
    for count, row in enumerate(body):
        if count % 500 == 0:
            progress(count, len(body))
        rows.append(_read_row(row, headings))
    return RosterFile(
        rows=tuple(_with_short_numbers(rows)),
        labels=headings.labels,
        ignored=headings.ignored,
        personal=headings.personal,
        encoding=headings.table.encoding,
        heading_line=headings.row.number,
    )


def clean_name(text: str) -> str:
    """A name as kept: rare characters untouched, one kind of dot, no spaces between Chinese characters."""
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf"})
    return _CJK_GAP.sub("", _DOTS.sub("·", " ".join(text.split())))


def check_number(text: str) -> str:
    """A number typed by hand, as an import would keep it; DomainError on ``student_number``."""
    number = number_text(text)
    error = _number_error(text, number)
    if error is not None:
        raise DomainError(error.message, field="student_number", **error.params)
    return number


def check_name(text: str) -> str:
    """A name typed by hand, as an import would keep it; DomainError on ``name``."""
    name = clean_name(text)
    error = _name_error(name)
    if error is not None:
        raise DomainError(error.message, field="name", **error.params)
    return name


def _cell(row: Row, headings: Headings, key: str) -> Cell:
    place = headings.positions.get(key)
    return row.cells[place] if place is not None and place < len(row.cells) else ""


def _is_remark(row: Row, headings: Headings) -> bool:
    """Rows that are no pupils: totals and notes, a heading printed again, rows empty in all our columns."""
    texts = {key: cell_text(_cell(row, headings, key)) for key in headings.positions}
    if texts == headings.labels or not any(texts.values()):
        return True
    first = next((cell_text(cell) for cell in row.cells if cell_text(cell)), "")
    return not texts["name"] and first.startswith(REMARKS)


def _read_row(row: Row, headings: Headings) -> RosterRow:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    raw_number = _cell(row, headings, "number")
    number = number_text(raw_number)
    name = clean_name(cell_text(_cell(row, headings, "name")))
    for key, value, error in (("number", number, _number_error(raw_number, number)), ("name", name, _name_error(name))):
        if error is not None:
            problems.append(Problem(key, value, error.message, error.params))
    consent_text = cell_text(_cell(row, headings, "consent"))
    consent = CONSENTS.get(consent_text.casefold(), "")
    if consent_text and not consent:
        error = DomainError("同意公开姓名只认“是”或“否”，不改就留空。请改正。")
        problems.append(Problem("consent", consent_text, error.message))
    gender_text = cell_text(_cell(row, headings, "gender"))
    gender = GENDERS.get(gender_text.casefold(), "")
    if gender_text and not gender:
        doubt = DomainError("性别只认“男”或“女”，这一格没有采用。")
        warnings.append(Problem("gender", gender_text, doubt.message))
    if number.startswith(("G", "L")) and _is_identity_number(number):
        doubt = DomainError("这个学籍号里含有身份证件号。有校内学号时，请改用校内学号。")
        warnings.append(Problem("number", number, doubt.message))
    return RosterRow(
        line=row.number,
        number=number,
        name=name,
        gender=gender,
        class_text=cell_text(_cell(row, headings, "class")),
        grade_text=cell_text(_cell(row, headings, "grade")),
        problems=tuple(problems),
        warnings=tuple(warnings),
        consent=consent,
    )


def _number_error(raw: Cell, number: str) -> DomainError | None:
    if not number:
        return DomainError("没有写学号。请补上。")
    if has_lost_digits(raw):
        return DomainError("学号被表格软件改成了科学计数，末尾几位已经丢失。请把这一列改成文本格式后重新填写。")
    if len(number) > MAX_NUMBER or not _NUMBER.fullmatch(number):
        return DomainError("学号只能由字母、数字和短横线组成，最多 32 位。请核对。")
    if number[:1].isdigit() and _is_identity_number(number):
        return DomainError("这像是身份证件号，平台不收集。请改填学校的学号。")
    return None


def _name_error(name: str) -> DomainError | None:
    if not name:
        return DomainError("没有写姓名。请补上。")
    if len(name) > MAX_NAME:
        return DomainError("姓名太长，最多 60 个字。请核对。")
    if not any(unicodedata.category(char).startswith("L") for char in name):
        return DomainError("这不像姓名。请核对有没有填错位置。")
    return None


def _is_identity_number(number: str) -> bool:
    """Whether a number is an 18-digit identity number: a real date of birth and the right check digit."""
    found = _IDENTITY.fullmatch(number.upper())
    if not found:
        return False
    digits = number.upper().lstrip("GL")
    try:
        date(int(found[2][:4]), int(found[2][4:6]), int(found[2][6:]))
    except ValueError:
        return False
    weights = (2 ** (17 - place) % 11 for place in range(17))
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], weights, strict=True))
    return digits[17] == "10X98765432"[total % 11]


def _with_short_numbers(rows: list[RosterRow]) -> list[RosterRow]:
    """Warn where a number is shorter than nearly all others: a spreadsheet drops leading zeros."""
    lengths = Counter(len(row.number) for row in rows if row.number.isdigit())
    if not lengths:
        return rows
    usual, count = lengths.most_common(1)[0]
    if count * 2 <= len(rows):
        return rows
    doubt = DomainError("比其他学号短，可能丢了开头的 0。请核对，必要时把这一列改成文本格式。")
    return [
        RosterRow(**{**row.__dict__, "warnings": (*row.warnings, Problem("number", row.number, doubt.message))})
        if row.number.isdigit() and len(row.number) < usual
        else row
        for row in rows
    ]
