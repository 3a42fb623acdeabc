"""Tables of questions: xlsx, xls and CSV, with headings recognised by what they mean.

The layouts in circulation put notices above the headings, hide a version sheet, write answers as letters, numbers,
words or ticks, and repeat "A." inside the cells; all of that is read. Rows that cannot be taken are named with row,
column and value; columns that are not read are listed.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from question_bank.formats import labelled, numbered_text, words
from question_bank.formats.assemble import Refused, assemble
from question_bank.formats.base import (
    FIELDS,
    MAX_ITEMS,
    Format,
    FormatError,
    FormatProblem,
    ReadItem,
    ReadResult,
    Written,
)
from question_bank.formats.safety import check_size, decode, open_zip
from question_bank.model import Item, ItemKind

Cell = str | int | float | bool
Sheet = tuple[str, Sequence[Sequence[Cell]]]

HEADING_ROWS = 12  # headings are looked for in so many rows
MAX_CELLS = 500_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 - the same items give the same bytes
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")

#: Meaning → headings that carry it, without spaces, brackets and case.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "题型": ("题型", "题目类型", "试题类型", "小题题型", "类型", "题目题型", "kind"),
    "题干": ("题干", "题目", "题目内容", "试题内容", "试题", "小题题干", "问题", "题面", "试题题干", "题目题干", "stem"),
    "答案": ("答案", "正确答案", "参考答案", "标准答案", "试题答案", "answer"),
    "解析": ("解析", "答案解析", "题目解析", "试题解析", "解释", "答案说明", "试题分析"),
    "难度": ("难度", "难易度", "难度系数", "难易程度", "试题难度", "难度等级"),
    "主题": ("主题", "知识点", "章节", "目录", "分类", "所属章节", "知识分类", "题目分类", "一级知识点"),
    "年级段": ("年级段", "学段", "适用年级", "适用学段"),
    "出处": ("出处", "依据", "来源", "法条", "题目来源"),
    "标签": ("标签", "关键词"),
    "题号": ("题号", "题目编号", "编号", "试题编号"),
    "右项": ("右项",), "等级": ("等级",), "理由": ("理由",), "误区": ("误区",),
    "生效": ("生效",), "失效": ("失效",), "复核": ("复核",), "核对": ("核对",), "核对日期": ("核对日期",),
}  # fmt: skip
_MEANING = {heading: meaning for meaning, headings in _HEADINGS.items() for heading in headings}
_OPTION = re.compile(r"^(?:备选|候选)?(?:选项|答案选项|备选答案|选择)?([a-z]|\d{1,2})(?:选项)?$")


@dataclass(frozen=True)
class Columns:
    """Where what stands: meaning → column, option columns in order, headings of columns that are not read."""

    meanings: dict[str, int]
    options: tuple[int, ...]
    headings: tuple[str, ...]
    ignored: tuple[str, ...]


def read(data: bytes, filename: str = "") -> ReadResult:
    """A workbook or CSV file. Raises FormatError when it is neither, damaged, or holds no table of questions."""
    check_size(data)
    if data.startswith(b"PK") or data.startswith(b"\xd0\xcf\x11\xe0"):
        return read_sheets(_workbook(data))
    return read_sheets([("", _csv_rows(decode(data)))])


def _csv_rows(text: str) -> list[list[str]]:
    rows, cells = [], 0
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            rows.append(row)
            if (cells := cells + len(row)) > MAX_CELLS:
                raise FormatError(f"表格超过 {MAX_CELLS} 格，不读取。请删去空列，或拆成几个文件。")
    except csv.Error:
        raise FormatError("表格里有一格没有写完（引号没有配对）。请在表格软件里另存为 .xlsx。") from None
    return rows


def _workbook(data: bytes) -> list[Sheet]:
    if data.startswith(b"PK"):
        names = open_zip(data)
        if any("vbaproject" in name.casefold() for name in names):
            raise FormatError("表格带宏，不读取。请另存为不带宏的 .xlsx。")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [(name, _sheet_rows(book, name)) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise FormatError(f"表格打不开：{str(error)[:120]}。请在表格软件里另存为 .xlsx。") from None


def _sheet_rows(book: CalamineWorkbook, name: str) -> list[list[Cell]]:
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[cell if isinstance(cell, str | int | float | bool) else str(cell) for cell in row] for row in rows]


def read_sheets(sheets: Sequence[Sheet]) -> ReadResult:
    """The questions of all sheets; a sheet without headings is skipped with a note. Raises FormatError for none at all."""
    items: list[ReadItem] = []
    problems: list[FormatProblem] = []
    notes: list[str] = []
    is_found = False
    for name, rows in sheets:
        texts = [[cell_text(cell) for cell in row] for row in rows]
        heading = next((n for n, row in enumerate(texts[:HEADING_ROWS]) if _columns(row)), None)
        prefix = f"工作表“{name}”" if name and len(sheets) > 1 else ""
        if heading is None:
            is_found = _read_whole_cells(texts, prefix, items, problems, notes) or is_found
            continue
        is_found = True
        columns = _columns(texts[heading])
        assert columns is not None
        if columns.ignored:
            notes.append(f"{prefix}没有读取这些列：{'、'.join(columns.ignored)}。")
        _read_rows(texts, heading, columns, prefix, items, problems)
    if not is_found:
        raise FormatError("没有找到表头。表头至少要有“题干”和“答案”两列。可以下载模板对照。")
    if len(items) > MAX_ITEMS:
        raise FormatError(f"文件里有 {len(items)} 道题，一次最多 {MAX_ITEMS} 道。请拆开后再试。")
    return ReadResult(tuple(items), tuple(problems), tuple(notes))


def _columns(row: Sequence[str]) -> Columns | None:
    """What the cells of a row mean as headings; None when it is no row of headings."""
    meanings: dict[str, int] = {}
    options: list[int] = []
    ignored: list[str] = []
    for place, cell in enumerate(row):
        plain = _plain_heading(cell)
        meaning = _MEANING.get(plain)
        if meaning and meaning not in meanings:
            meanings[meaning] = place
        elif plain and _OPTION.match(plain):
            options.append(place)
        elif plain:
            ignored.append(cell.split("\n")[0][:20])
    if "题干" not in meanings or not ("答案" in meanings or options):
        return None
    return Columns(meanings, tuple(options), tuple(row), tuple(ignored))


def _plain_heading(cell: str) -> str:
    plain = re.sub(r"[（(【\[].*?[)）】\]]|[\s*＊:：]", "", words.fold(cell[:200])).casefold()
    return plain.removesuffix("必填").removesuffix("选填")


def _read_rows(
    rows: Sequence[Sequence[str]], heading: int, columns: Columns, prefix: str, items: list[ReadItem],
    problems: list[FormatProblem],
) -> None:  # fmt: skip
    for number, row in enumerate(rows[heading + 1 :], heading + 2):
        if not any(row) or not any(_cell(row, place) for place in (*columns.meanings.values(), *columns.options)):
            continue
        where = f"{prefix}第 {number} 行"
        labels = {meaning: _cell(row, place) for meaning, place in columns.meanings.items()}
        options = tuple(_cell(row, place) for place in columns.options)
        try:
            items.append(_item(labels, options, where))
        except Refused as refused:
            problems.append(FormatProblem(where, refused.message, refused.column, refused.value[:60]))


def _item(labels: dict[str, str], options: tuple[str, ...], where: str) -> ReadItem:
    item, doubts = assemble(labelled.parts_of(labels["题干"], options, labels.get("题型", ""), labels))
    item, more = labelled.with_labels(item, labels)
    return ReadItem(item, where, tuple(FormatProblem(where, doubt) for doubt in (*doubts, *more)))


def _read_whole_cells(
    rows: Sequence[Sequence[str]], prefix: str, items: list[ReadItem], problems: list[FormatProblem], notes: list[str]
) -> bool:
    """Sheets in which one cell holds one whole question; whether any was found."""
    found = False
    for number, row in enumerate(rows, 1):
        cell = next((cell for cell in row if cell), "")
        text = re.sub(r"<br\s*/?>", "\n", cell)
        if "\n" not in text or "答案" not in text:
            continue
        found = True
        result = numbered_text.read_text(text)
        where = f"{prefix}第 {number} 行"
        items.extend(replace(read, where=where) for read in result.items)
        problems.extend(replace(problem, where=where) for problem in result.problems)
    if not found and any(any(row) for row in rows):
        notes.append(f"{prefix or '表格'}里没有表头，没有读取。")
    return found


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def cell_text(value: Cell) -> str:
    """A cell as a person reads it: whole numbers without ".0", no guard before a formula."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    text = words.tidy(str(value))
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA_STARTS else text


OPTION_COUNT = 8
HEADINGS = ("题型", "题干", *(f"选项{letter}" for letter in words.LETTERS), *labelled.LABELS)
_WIDTHS = {"题干": 50, "解析": 50, "理由": 40, "出处": 30, "右项": 24}


def _rows(items: Sequence[Item]) -> tuple[list[list[str]], list[FormatProblem]]:
    """Each item as a row of our own layout, and the items that do not fit into one."""
    rows, refused = [], []
    for item in items:
        if reason := labelled.unwritable(item):
            refused.append(FormatProblem(item.id, reason))
            continue
        texts = [choice.text for choice in labelled.stored_choices(item)]
        labels = labelled.to_labels(item)
        rows.append(
            [words.kind_name(item.kind), item.stem, *texts, *[""] * (OPTION_COUNT - len(texts))]
            + [labels.get(label, "") for label in labelled.LABELS]
        )
    return rows, refused


def write(items: Sequence[Item]) -> Written:
    """A workbook in our own layout, every cell a text."""
    rows, refused = _rows(items)
    return Written(_book([("题目", HEADINGS, rows)]), tuple(refused))


def write_csv(items: Sequence[Item]) -> Written:
    """The same as CSV, with a guard before cells that a spreadsheet would run as formulas."""
    rows, refused = _rows(items)
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADINGS)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in row] for row in rows)
    return Written(b"\xef\xbb\xbf" + target.getvalue().encode(), tuple(refused))


def _book(sheets: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _LONG_AGO})
        bold = book.add_format({"bold": True, "num_format": "@", "text_wrap": True})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        for title, headings, rows in sheets:
            page = book.add_worksheet(title)
            page.freeze_panes(1, 0)
            for column, heading in enumerate(headings):
                page.set_column(column, column, _WIDTHS.get(heading, 14), text)
                page.write_string(0, column, heading, bold)
            for number, row in enumerate(rows, 1):
                for column, cell in enumerate(row):
                    if cell:
                        page.write_string(number, column, cell, text)
    return target.getvalue()


def template() -> bytes:
    """An empty table to fill in: headings, one example of every common kind, and how to fill it."""
    examples = [
        ["单选题", "放学路上，有人递来一颗没见过的糖。哪种做法合适？", "先尝一小口", "不接，告诉家长", "分给同学吃", "藏起来", "", "", "", "", "B"],
        ["多选题", "哪些人可以帮你？", "家长", "老师", "陌生网友", "心理老师", "", "", "", "", "ABD"],
        ["判断题", "禁毒只是警察的事。", "", "", "", "", "", "", "", "", "错误"],
        ["填空题", "遇到紧急情况，拨打____报警。", "", "", "", "", "", "", "", "", "110|一一〇"],
        ["排序题", "有人递来陌生的东西，按先后排一排。", "离开", "告诉家长", "说“我不要”", "", "", "", "", "", "CAB"],
    ]  # fmt: skip
    example_rows = [row + ["", "", "", "", "先说“不”，再离开，告诉家长。", "2"] for row in examples]
    help_rows = [
        ["题型", "单选题、多选题、判断题、填空题、情景题、排序题、配对题"],
        ["题干", "填空的地方写四条下划线 ____"],
        [
            "答案",
            "选择题写字母；判断题写正确或错误；填空题一个空有几种写法用 | 隔开，几个空用分号隔开；排序题按先后写字母",
        ],
        ["等级、理由", "只有情景题写：A=最好；B=可以；C=有危险。理由一行一条：A=……"],
        ["右项", "只有配对题写，一行一条：P=……；答案写 A:Q；B:P"],
        ["出处", "如 law:drug-control:art-62；fact:FL-15，可在“出处目录”里查"],
    ]
    return _book([("题目", HEADINGS, example_rows), ("填写说明", ("列", "怎么填"), help_rows)])


_KINDS = frozenset(ItemKind)
FORMAT = Format(
    code="xlsx", name="Excel 表格", extension="xlsx", media_type=XLSX_TYPE, kinds=_KINDS, fields=frozenset(FIELDS),
    write=write, read=read,
)  # fmt: skip
CSV_FORMAT = Format(
    code="csv", name="CSV 表格", extension="csv", media_type="text/csv", kinds=_KINDS, fields=frozenset(FIELDS),
    write=write_csv, read=read,
)  # fmt: skip
