"""A Word document to print: questions as pupils get them on paper, and, if wanted, a sheet with keys and explanations."""

from collections.abc import Sequence

from docx.document import Document as DocxDocument
from docx.shared import Pt

from question_bank.formats import words
from question_bank.formats.base import Written
from question_bank.formats.labelled import answer_text
from question_bank.formats.numbered import new_document, save
from question_bank.kinds import kind_of
from question_bank.kinds.blank import GAP
from question_bank.model import Item, ItemKind

LINE = "____________"


def sections(items: Sequence[Item]) -> list[tuple[ItemKind, list[Item]]]:
    """Items by kind, in the order in which a paper has them; within a kind as they came."""
    groups = [(kind, [item for item in items if item.kind is kind]) for kind in ItemKind]
    return [(kind, section) for kind, section in groups if section]


def write_paper(items: Sequence[Item], title: str, *, with_key: bool) -> Written:
    """A4 paper of any selection, by kind, numbered through."""
    document = new_document()
    document.add_heading(title, level=1)
    if not with_key:
        document.add_paragraph(f"学校{LINE}  班级{LINE}  姓名{LINE}")
    number = 0
    for kind, section in sections(items):
        document.add_heading(words.kind_name(kind), level=2)
        for item in section:
            number += 1
            _question(document, item, number, with_key)
    return Written(save(document))


def _question(document: DocxDocument, item: Item, number: int, with_key: bool) -> None:
    for line in question_lines(item, number):
        paragraph = document.add_paragraph(line)
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.keep_with_next = True
    if with_key:
        document.add_paragraph(f"答案：{key_text(item)}").paragraph_format.space_after = Pt(2)
        document.add_paragraph(f"解析：{item.explanation}").paragraph_format.space_after = Pt(8)


def question_lines(item: Item, number: int) -> list[str]:
    """A question as lines of a paper, without its key."""
    stem = item.stem.replace(GAP, "________")
    if item.kind is ItemKind.TRUE_FALSE:
        return [f"{number}. {stem}（　　）"]
    room = {ItemKind.SINGLE: "（　　）", ItemKind.MULTIPLE: "（　　　）", ItemKind.SCENARIO: "（　　）"}
    lines = [f"{number}. {stem}{room.get(item.kind, '')}"]
    place = "（　）" if item.kind in (ItemKind.ORDERING, ItemKind.MATCHING) else ""
    lines += [f"    {place}{choice.id.upper()}. {choice.text}" for choice in item.choices]
    lines += [f"    　　　　　　{target.id.upper()}. {target.text}" for target in item.targets]
    return lines


def key_text(item: Item) -> str:
    """The key for a sheet of answers: letters where there are choices, words where there are none."""
    if item.kind is ItemKind.SCENARIO:
        return "；".join(
            f"{c.id.upper()} {c.reason or ''}" for c in item.choices if c.id in kind_of(item).right_response(item)
        )
    return answer_text(item)
