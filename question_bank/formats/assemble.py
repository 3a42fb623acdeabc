"""From the loose parts of a question (words, options, an answer as somebody wrote it) to an item, or the reason why not.

Tables and numbered texts differ only in where these parts stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from question_bank.formats import words
from question_bank.formats.base import MAX_TEXT, draft
from question_bank.kinds.blank import MOST_BLANKS
from question_bank.kinds.matching import TARGET_IDS
from question_bank.kinds.true_false import CHOICES
from question_bank.model import Choice, ChoiceGrade, Item, ItemKind
from question_bank.taxonomy import CHOICE_IDS


class Refused(Exception):
    """Why a question cannot be taken; `column` names the part that is wrong, `value` what stood there."""

    def __init__(self, message: str, column: str = "", value: str = "") -> None:
        super().__init__(message)
        self.message, self.column, self.value = message, column, value


@dataclass(frozen=True)
class Parts:
    """A question as it was found. `grades` and `reasons` go by letter; `targets` are the right side of a matching."""

    stem: str
    answer: str = ""
    options: tuple[str, ...] = ()
    kind: str = ""
    explanation: str = ""
    grades: tuple[tuple[str, str], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    misconceptions: tuple[tuple[str, str], ...] = ()
    targets: tuple[tuple[str, str], ...] = ()


_GRADES = {
    **{str(grade): grade for grade in ChoiceGrade},
    "最好": ChoiceGrade.BEST, "最好的做法": ChoiceGrade.BEST, "最佳": ChoiceGrade.BEST,
    "可以": ChoiceGrade.ACCEPTABLE, "可接受": ChoiceGrade.ACCEPTABLE, "可以，但还不够好": ChoiceGrade.ACCEPTABLE,
    "危险": ChoiceGrade.DANGEROUS, "有危险": ChoiceGrade.DANGEROUS,
}  # fmt: skip


def assemble(parts: Parts) -> tuple[Item, list[str]]:
    """The item and doubts about it in words. Raises Refused with the reason."""
    if not parts.stem.strip():
        raise Refused("没有题干。请补上题干。", "题干")
    if words.is_open_kind(parts.kind):
        raise Refused("简答、论述一类的题不能自动判分，没有导入。", "题型", parts.kind)
    if any(len(text) > MAX_TEXT for text in (parts.stem, parts.answer, parts.explanation, *parts.options)):
        raise Refused(f"有一处文字超过 {MAX_TEXT} 字。请删短。")
    kind = words.kind_of_words(parts.kind) if parts.kind else None
    if parts.kind and kind is None:
        raise Refused(
            "不认识这种题型。可以写单选题、多选题、判断题、填空题、情景题、排序题、配对题。", "题型", parts.kind
        )
    kind = kind or _guess(parts)
    item, doubts = _BUILDERS[kind](parts)
    return replace(item, explanation=words.tidy(parts.explanation)), doubts


def _guess(parts: Parts) -> ItemKind:
    """The kind by what there is: options, verdicts, letters, gaps."""
    options = [words.without_letter(option) for option in parts.options]
    verdicts = [words.verdict(option) for option in options]
    if (len(options) == 2 and None not in verdicts) or (not options and words.verdict(parts.answer) is not None):
        return ItemKind.TRUE_FALSE
    if parts.grades:
        return ItemKind.SCENARIO
    if not options:
        return ItemKind.BLANK
    return ItemKind.MULTIPLE if len(_key(parts.answer, options)) > 1 else ItemKind.SINGLE


def _choices(parts: Parts) -> tuple[Choice, ...]:
    texts = [words.without_letter(option) for option in parts.options]
    while texts and not texts[-1]:
        texts.pop()
    if not all(texts):
        raise Refused("选项中间有空的。请补上或把后面的往前移。", "选项")
    if len(texts) > len(CHOICE_IDS):
        raise Refused(f"选项有 {len(texts)} 个，最多 {len(CHOICE_IDS)} 个。请减少选项。", "选项")
    held = dict(parts.misconceptions)
    return tuple(
        Choice(choice_id, text, held.get(choice_id)) for choice_id, text in zip(CHOICE_IDS, texts, strict=False)
    )


def _key(answer: str, options: Sequence[str]) -> list[str]:
    """Ids of the choices that an answer names by letters, by texts or by numbers; empty when it names none."""
    if letters := words.letters_of(answer):
        return [CHOICE_IDS[words.LETTERS.index(letter)] for letter in dict.fromkeys(letters)]
    by_text = {words.fold(option): CHOICE_IDS[n] for n, option in enumerate(options) if n < len(CHOICE_IDS)}
    whole = by_text.get(words.fold(words.without_letter(answer)))
    if whole:
        return [whole]
    several = [by_text.get(words.fold(words.without_letter(part))) for part in re.split(r"[;；\n|]+", answer)]
    if several and None not in several:
        return [one for one in several if one]
    numbers = words.numbers_of(answer)
    return [CHOICE_IDS[n - 1] for n in numbers if 1 <= n <= len(options)] if numbers else []


def _keyed(parts: Parts, kind: ItemKind) -> Item:
    choices = _choices(parts)
    if len(choices) < 2:
        raise Refused("选择题至少要两个选项。", "选项")
    if not parts.answer.strip():
        raise Refused("没有答案。请补上答案。", "答案")
    key = _key(parts.answer, [choice.text for choice in choices])
    known = {choice.id for choice in choices}
    if not key or not set(key) <= known:
        raise Refused("答案和选项对不上。请写选项的字母，如 B。", "答案", parts.answer)
    return draft(kind, words.without_number(parts.stem), choices, tuple(sorted(key)))


def _single(parts: Parts) -> tuple[Item, list[str]]:
    item = _keyed(parts, ItemKind.SINGLE)
    if len(item.answer_key) > 1:
        raise Refused("单选题的答案写了不止一个。请改答案，或把题型改成多选题。", "答案", parts.answer)
    return item, []


def _multiple(parts: Parts) -> tuple[Item, list[str]]:
    item = _keyed(parts, ItemKind.MULTIPLE)
    if len(item.answer_key) == 1 and "不定项" in parts.kind:
        return replace(item, kind=ItemKind.SINGLE), ["不定项选择题只有一个答案，按单选题读入。"]
    if len(item.answer_key) == 1:
        return item, ["多选题只有一个答案，请核对。"]
    return item, []


def _true_false(parts: Parts) -> tuple[Item, list[str]]:
    """The verdict in words, or a letter that points to a verdict among the options."""
    options = [words.without_letter(option) for option in parts.options if option.strip()]
    said = words.verdict(parts.answer)
    letters = words.letters_of(parts.answer)
    if len(letters) == 1 and letters not in {"F"} and (options or letters in "AB"):
        place = words.LETTERS.index(letters)
        shown = options or ["正确", "错误"]
        said = words.verdict(shown[place]) if place < len(shown) else None
    if said is None:
        raise Refused("判断题的答案看不出对错。请写“正确”或“错误”。", "答案", parts.answer)
    stem = words.without_number(re.sub(r"[（(][\s\u3000]*[)）]\s*[。.]?\s*$", "", parts.stem.rstrip()))
    return draft(ItemKind.TRUE_FALSE, stem, CHOICES, ("a" if said else "b",)), []


def _scenario(parts: Parts) -> tuple[Item, list[str]]:
    if not parts.grades:
        item, doubts = _single(replace(parts, kind="单选题"))
        return item, [*doubts, "情景题没有写各选项的等级，按单选题读入。请补上等级和理由后改成情景题。"]
    grades = {letter: _GRADES.get(words.fold(text).casefold()) for letter, text in parts.grades}
    if None in grades.values():
        raise Refused("等级只能写最好、可以、有危险。", "等级", "；".join(text for _, text in parts.grades))
    reasons = dict(parts.reasons)
    choices = tuple(
        replace(choice, grade=grades.get(choice.id), reason=reasons.get(choice.id) or None)
        for choice in _choices(parts)
    )
    return draft(ItemKind.SCENARIO, words.without_number(parts.stem), choices, ()), []


def _ordering(parts: Parts) -> tuple[Item, list[str]]:
    choices = _choices(parts)
    key = _key(parts.answer, [choice.text for choice in choices])
    if sorted(key) != [choice.id for choice in choices]:
        raise Refused("排序题的答案要把每个选项的字母按先后各写一次，如 CAB。", "答案", parts.answer)
    return draft(ItemKind.ORDERING, words.without_number(parts.stem), choices, tuple(key)), []


def _matching(parts: Parts) -> tuple[Item, list[str]]:
    """Pairs "a:q", or letters of targets in the order of the choices ("QPR")."""
    choices = _choices(parts)
    targets = tuple(Choice(target_id, text) for target_id, (_, text) in zip(TARGET_IDS, parts.targets, strict=False))
    names = {name.casefold(): target.id for (name, _), target in zip(parts.targets, targets, strict=False)}
    pairs = [pair.split(":") for pair in words.split_list(words.fold(parts.answer).casefold().replace("-", ":"))]
    if not targets or len(pairs) != len(choices) or not all(len(p) == 2 and p[1].strip() in names for p in pairs):
        raise Refused("配对题要写右项，答案写成 A:Q；B:P 的样子。", "答案", parts.answer)
    key = tuple(sorted(f"{left.strip()}:{names[right.strip()]}" for left, right in pairs))
    if [pair.split(":")[0] for pair in key] != [choice.id for choice in choices]:
        raise Refused("配对题的答案要给每个左项各写一对。", "答案", parts.answer)
    return replace(draft(ItemKind.MATCHING, words.without_number(parts.stem), choices, key), targets=targets), []


def _blank(parts: Parts) -> tuple[Item, list[str]]:
    """Gaps in the stem; answers separated by semicolons or a backslash, accepted forms by "|" or "/"."""
    stem, gaps = words.with_gaps(words.without_number(parts.stem))
    accepted = [option for option in parts.options if option.strip()]
    given = parts.answer.strip()
    if not given and not accepted:
        raise Refused("没有答案。请补上答案。", "答案")
    answers = [part.strip() for part in re.split(r"[;；\\\n]+|[）)]\s*[（(]", given.strip("（）()")) if part.strip()]
    if not given:
        texts = [words.without_letter(option) for option in accepted]
        answers = ["|".join(texts)] if gaps <= 1 else texts
    doubts = []
    if gaps == 0:
        stem, gaps = f"{stem}____", 1
        doubts.append("题干里没有空，已在末尾补了一个。请核对位置。")
    if gaps > MOST_BLANKS:
        raise Refused(f"填空题有 {gaps} 个空，最多 {MOST_BLANKS} 个。请拆成几道题。", "题干")
    if gaps == 1 and len(answers) > 1:
        answers = ["|".join(answers)]
        doubts.append("一个空有几个答案，都算对。请核对。")
    if len(answers) != gaps:
        raise Refused(f"题干有 {gaps} 个空，答案有 {len(answers)} 个。请让它们一样多。", "答案", parts.answer)
    key = tuple("|".join(form.strip() for form in answer.split("|") if form.strip()) for answer in answers)
    return draft(ItemKind.BLANK, stem, (), key), doubts


_BUILDERS = {
    ItemKind.SINGLE: _single,
    ItemKind.MULTIPLE: _multiple,
    ItemKind.TRUE_FALSE: _true_false,
    ItemKind.SCENARIO: _scenario,
    ItemKind.ORDERING: _ordering,
    ItemKind.MATCHING: _matching,
    ItemKind.BLANK: _blank,
}
