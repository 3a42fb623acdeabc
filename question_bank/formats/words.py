"""The words that banks use for kinds, verdicts, difficulty and bands, and how answers are written. Pure text."""

import re
import unicodedata

from question_bank.model import GradeBand, ItemKind
from question_bank.taxonomy import BAND_NAMES, DIFFICULTY_NAMES, KIND_NAMES, TOPICS

LETTERS = "ABCDEFGH"
TRUE_WORDS = frozenset({"对", "正确", "√", "✓", "✔", "t", "true", "是", "y", "yes", "1", "v", "☑"})
FALSE_WORDS = frozenset({"错", "错误", "不对", "不正确", "×", "✗", "✘", "x", "f", "false", "否", "n", "no", "0", "☒"})
OPEN_KINDS = ("简答", "问答", "论述", "名词解释", "材料分析", "主观", "作文", "计算", "案例分析")

#: The first that a kind's name contains decides; 不定项 may have one key or several.
_KIND_WORDS: tuple[tuple[str, ItemKind], ...] = (
    ("情景", ItemKind.SCENARIO),
    ("不定项", ItemKind.MULTIPLE),
    ("多项", ItemKind.MULTIPLE),
    ("多选", ItemKind.MULTIPLE),
    ("单项", ItemKind.SINGLE),
    ("单选", ItemKind.SINGLE),
    ("判断", ItemKind.TRUE_FALSE),
    ("是非", ItemKind.TRUE_FALSE),
    ("对错", ItemKind.TRUE_FALSE),
    ("填空", ItemKind.BLANK),
    ("完形", ItemKind.BLANK),
    ("排序", ItemKind.ORDERING),
    ("配对", ItemKind.MATCHING),
    ("连线", ItemKind.MATCHING),
    ("匹配", ItemKind.MATCHING),
)
_DIFFICULTY_WORDS = {
    "易": 1,
    "容易": 1,
    "简单": 1,
    "较易": 2,
    "中": 3,
    "中等": 3,
    "一般": 3,
    "较难": 4,
    "难": 4,
    "困难": 4,
}
_GAPS = re.compile(r"\[填空\s*[（(]?\d*[)）]?\]|_{2,}|＿{2,}|[（(][\s\u3000]*[)）]|【[\s\u3000]*】")
_NUMBERING = re.compile(r"^\s*(?:第\s*\d{1,4}\s*题|[（(]\d{1,4}[)）]|\d{1,4}\s*[.．、](?!\d))\s*[.．、:：]?\s*")
_OWN_LETTER = re.compile(r"^\s*(?:[（(]([A-Ha-hＡ-Ｈ])[)）]|([A-Ha-hＡ-Ｈ])\s*[.．、:：)）])\s*")


def fold(text: str) -> str:
    """A text as it is compared: full width folded, no outer spaces, unbreakable and zero-width spaces gone."""
    plain = unicodedata.normalize("NFKC", text.replace("\u200b", "").replace("\ufeff", ""))
    return plain.replace("\u00a0", " ").strip()


def tidy(text: str) -> str:
    """A text as it is kept: outer and doubled spaces gone, line breaks kept."""
    clean = text.replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "").replace("\r\n", "\n")
    return "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in clean.strip().split("\n"))


def kind_of_words(text: str) -> ItemKind | None:
    """The kind that a word or heading names; None when it names none."""
    plain = fold(text).casefold()
    if plain in set(ItemKind):
        return ItemKind(plain)
    return next((kind for word, kind in _KIND_WORDS if word in plain), None)


def is_open_kind(text: str) -> bool:
    """Whether a word names questions that only a person can mark."""
    return any(word in text for word in OPEN_KINDS)


def verdict(text: str) -> bool | None:
    """What a word says of a statement; None when it is no verdict."""
    plain = fold(text).casefold().rstrip(".。")
    if plain in TRUE_WORDS:
        return True
    return False if plain in FALSE_WORDS else None


def letters_of(text: str) -> str:
    """The letters of an answer ("A,C", "ａ、ｃ", "A C", "AC") as "AC"; empty when it holds anything else."""
    plain = re.sub(r"[\s,，、;；.。/和及|]+", "", fold(text).upper())
    return plain if plain and set(plain) <= set(LETTERS) else ""


def numbers_of(text: str) -> list[int]:
    """The numbers of an answer ("1", "1,3"); empty when it holds anything else."""
    parts = [part for part in re.split(r"[\s,，、;；]+", fold(text)) if part]
    return [int(part) for part in parts] if parts and all(part.isdecimal() and len(part) <= 2 for part in parts) else []


def without_letter(text: str) -> str:
    """A choice without the letter that its author wrote before it."""
    return tidy(_OWN_LETTER.sub("", text, count=1))


def without_number(text: str) -> str:
    """A stem without the number that its author wrote before it."""
    return tidy(_NUMBERING.sub("", text, count=1))


def with_gaps(stem: str) -> tuple[str, int]:
    """A stem with its blanks as ____, and how many there are."""
    return _GAPS.subn("____", stem)


def difficulty_of(text: str) -> int:
    """1 to 5; 0 when the word says nothing known."""
    plain = fold(text).removesuffix(".0")
    if plain in {"1", "2", "3", "4", "5"}:
        return int(plain)
    by_name = {name: number for number, name in DIFFICULTY_NAMES.items()}
    return by_name.get(plain) or _DIFFICULTY_WORDS.get(plain, 0)


def bands_of(text: str) -> tuple[GradeBand, ...]:
    """Bands by code or Chinese name, in their order; what is not known is left out."""
    parts = {part.strip() for part in re.split(r"[,，、;；\s]+", fold(text))}
    return tuple(band for band in GradeBand if str(band) in parts or BAND_NAMES[band] in parts)


def place_of(text: str) -> tuple[str, str]:
    """(topic, sub-topic) by code or Chinese name, "law/definition" or "法律法规/毒品的法律定义"; "" where not known."""
    parts = [part.strip() for part in re.split(r"/|&&|>|＞|\\", fold(text)) if part.strip()]
    for topic in TOPICS.values():
        if parts and parts[0] in (topic.code, topic.name):
            rest = parts[1] if len(parts) > 1 else ""
            found = next((slug for slug, name in topic.subtopics.items() if rest in (slug, fold(name))), "")
            return topic.code, found
        found = next((slug for slug, name in topic.subtopics.items() if parts and parts[-1] == fold(name)), "")
        if found:
            return topic.code, found
    return "", ""


def split_list(text: str) -> tuple[str, ...]:
    """A list written in one cell: separated by semicolons, commas of any width or line breaks."""
    return tuple(part.strip() for part in re.split(r"[;；,，、\n]+", text) if part.strip())


def kind_name(kind: ItemKind) -> str:
    """What a kind is called."""
    return KIND_NAMES[kind]
