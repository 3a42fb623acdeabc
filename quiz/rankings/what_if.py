"""What a unit's index would be with other results: pure. Who is expected, and what was earlier, stay as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from quiz.attempts.rules import FULL_SCORE
from quiz.errors import DomainError
from quiz.rankings.profiles import Figures, Profile, ProgressProfile

WHOLE = ("parts", "pupils", "passed", "full_marks")
LONGEST = 12  # characters of a number


@dataclass(frozen=True)
class Asked:
    """What was entered: texts by field, the figures they make or the error that says what to change."""

    values: Mapping[str, str]
    figures: Figures | None
    error: DomainError | None


def fields_of(profile: Profile) -> tuple[str, ...]:
    """What a profile reckons with, as the form asks for it."""
    if isinstance(profile, ProgressProfile):
        return "pupils", "average"
    used = {rule.key for rule in profile.terms}
    return tuple(name for name in (*WHOLE, "average") if name in used or name == "pupils")


def start(figures: Figures, profile: Profile) -> dict[str, str]:
    """The real values, as the form begins with them."""
    average = Decimal(figures.score_sum) / (100 * figures.pupils) if figures.pupils else Decimal(0)
    known = {name: str(getattr(figures, name)) for name in WHOLE}
    return {name: known.get(name) or f"{average:.2f}" for name in fields_of(profile)}


def read(values: Mapping[str, str], figures: Figures, profile: Profile, pass_marks: Sequence[int]) -> Asked:
    """The entered values as figures, or what is wrong with them; ``pass_marks`` are those of the groups."""
    try:
        return Asked(values, _figures(values, figures, profile, pass_marks), None)
    except DomainError as error:
        return Asked(values, None, error)


def _figures(values: Mapping[str, str], figures: Figures, profile: Profile, pass_marks: Sequence[int]) -> Figures:
    asked = fields_of(profile)
    numbers = {name: _whole(values.get(name, ""), name) for name in asked if name in WHOLE}
    average = _average(values.get("average", ""))
    most_pupils = max(figures.pupils_expected, figures.pupils)
    if not 1 <= numbers["pupils"] <= most_pupils:
        raise DomainError("参赛学生填 1 到 %(most)s 之间的整数。", field="pupils", most=most_pupils)
    if "parts" in numbers and not 1 <= numbers["parts"] <= max(figures.parts_expected, figures.parts):
        most = max(figures.parts_expected, figures.parts)
        raise DomainError("参赛班级或学校填 1 到 %(most)s 之间的整数。", field="parts", most=most)
    pupils = numbers["pupils"]
    if "passed" in numbers:
        passed, full = numbers["passed"], numbers["full_marks"]
        if passed > pupils:
            raise DomainError("及格学生不能多于参赛学生（%(most)s 人）。", field="passed", most=pupils)
        if full > passed:
            raise DomainError("满分学生不能多于及格学生（%(most)s 人）。", field="full_marks", most=passed)
        _check_average(average, pupils, passed, full, pass_marks)
    score_sum = int((average * 100 * pupils).to_integral_value())
    return replace(figures, **numbers, score_sum=score_sum)


def _check_average(average: Decimal, pupils: int, passed: int, full: int, pass_marks: Sequence[int]) -> None:
    """Whether so many passes and full marks can have this average at all."""
    least = Decimal(full * FULL_SCORE + (passed - full) * min(pass_marks)) / pupils
    most = Decimal(full * FULL_SCORE + (passed - full) * (FULL_SCORE - 1) + (pupils - passed) * (max(pass_marks) - 1))
    low = (least / 100).quantize(Decimal("0.01"), ROUND_FLOOR)
    high = (most / pupils / 100).quantize(Decimal("0.01"), ROUND_CEILING)
    if not low <= average <= high:
        raise DomainError(
            "有这么多及格和满分的学生时，平均分只能在 %(low)s 到 %(high)s 之间。", field="average", low=low, high=high
        )


def _whole(text: str, field: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        raise DomainError("请填整数，例如 30。", field=field)
    return int(text)


def _average(text: str) -> Decimal:
    try:
        found = Decimal(text.strip()) if text.isascii() and len(text) <= LONGEST else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not 0 <= found <= 100:
        raise DomainError("平均分填 0 到 100 之间的数，例如 76.25。", field="average")
    return found
