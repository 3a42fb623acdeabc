"""What an import would do: every row of the file against the pupils and classes that are there. Pure.

The same inputs give the same plan; its digest tells whether anything has changed since a person looked at it.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from quiz.accounts.publication.rules import NO_ANSWER, CurrentConsent, roster_changes, roster_may_say
from quiz.accounts.roster.columns import Problem, RosterRow
from quiz.errors import DomainError
from quiz.regions.classnames import ClassKey, class_name, read_class
from quiz.regions.rules import NO_GRADE, class_label


class EntryKind(StrEnum):
    """What happens to a row, or to a pupil whom the file does not name."""

    WRONG = "wrong"
    ADDED = "added"
    MOVED = "moved"
    CHANGED = "changed"
    MISSING = "missing"
    SAME = "same"


@dataclass(frozen=True)
class KnownPupil:
    """A pupil enrolled in the school now; one who has left it when ``class_id`` is None."""

    user_id: int
    number: str
    name: str
    gender: str
    class_id: int | None
    consent: CurrentConsent = NO_ANSWER


@dataclass(frozen=True)
class KnownClass:
    """A class of the school; ``is_mine`` says that the importer may change its pupils."""

    id: int
    key: ClassKey
    is_active: bool
    is_mine: bool


@dataclass(frozen=True)
class Known:
    """What the school looks like at this moment. ``may_create``: classes that are not there may be made."""

    kind: str
    pupils: tuple[KnownPupil, ...]
    classes: tuple[KnownClass, ...]
    may_create: bool


@dataclass
class Entry:
    """One line of the plan. ``before`` holds old values of what changes (name, gender, class, consent).

    ``consent`` is yes or no where the file says something new about the full name in public.
    """

    kind: EntryKind
    line: int
    number: str
    name: str
    gender: str = ""
    class_key: ClassKey | None = None
    class_id: int | None = None
    class_label: str = ""
    user_id: int | None = None
    before: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    consent: str = ""

    def as_json(self) -> dict[str, Any]:
        """A plain dict for storage and the digest."""
        key = self.class_key
        return {
            "kind": self.kind.value, "line": self.line, "number": self.number, "name": self.name, "gender": self.gender,
            "class_key": [key.cohort_year, key.entry_grade, key.name] if key else None, "class_id": self.class_id,
            "class_label": self.class_label, "user_id": self.user_id, "before": self.before,
            "consent": self.consent,
            "problems": [vars(problem) for problem in self.problems],
            "warnings": [vars(problem) for problem in self.warnings],
        }  # fmt: skip


def make_plan(
    rows: Iterable[RosterRow], known: Known, *, at: datetime, progress: Callable[[int], None] = lambda done: None
) -> list[Entry]:
    """The entries of an import in the order of the file, then the missing pupils.

    ``progress`` hears from time to time how many rows are done.
    """
    planner = _Planner(known, at)
    entries = []
    for count, row in enumerate(rows):
        if count % 500 == 0:
            progress(count)
        entries.append(planner.entry(row))
    _mark_repeated(entries)
    missing = planner.missing(entries)
    _warn_of_namesakes(entries, missing)
    return entries + missing


def counts(entries: Iterable[Entry]) -> dict[str, int]:
    """How many entries of each kind there are, how many doubts, and how many classes would be new."""
    entries = list(entries)
    found = Counter(entry.kind.value for entry in entries)
    new = {entry.class_key for entry in entries if entry.class_id is None and entry.kind != EntryKind.WRONG}
    return {
        **{kind.value: found[kind.value] for kind in EntryKind},
        "warnings": sum(1 for entry in entries if entry.warnings),
        "new_classes": len(new),
    }


def digest(entries: Iterable[dict[str, Any]]) -> str:
    """A fingerprint of a stored plan."""
    text = json.dumps(list(entries), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class _Planner:
    """Looks rows up in what is known; class names are read once per spelling."""

    def __init__(self, known: Known, at: datetime) -> None:
        self.known, self.at = known, at
        self.pupils = {pupil.number: pupil for pupil in known.pupils if pupil.class_id is not None}
        self.left = {pupil.number: pupil for pupil in known.pupils if pupil.class_id is None}
        self.classes = {one.key: one for one in known.classes}
        for one in known.classes:  # “（1）班” in the database is “1班” in a file
            if one.key.entry_grade <= NO_GRADE:
                continue  # departments and parents' lists are called what they are called
            self.classes.setdefault(ClassKey(one.key.cohort_year, one.key.entry_grade, class_name(one.key.name)), one)
        self.by_id = {one.id: one for one in known.classes}
        self.read: dict[tuple[str, str], ClassKey | DomainError] = {}

    def entry(self, row: RosterRow) -> Entry:
        entry = Entry(EntryKind.WRONG, row.line, row.number, row.name, row.gender)
        entry.problems.extend(row.problems)
        entry.warnings.extend(row.warnings)
        entry.class_label = f"{row.grade_text} {row.class_text}".strip()
        self._place(entry, row)
        pupil = self.pupils.get(row.number)
        if pupil and not entry.problems and not self._may_take(pupil):
            error = DomainError("这个学号的学生在另一个班。请联系学校管理员办理转班。")
            entry.problems.append(Problem("number", row.number, error.message))
        if not entry.problems:
            self._compare(entry, row, pupil)
        return entry

    def _place(self, entry: Entry, row: RosterRow) -> None:
        """Find the entry's class, or say why it cannot be placed."""
        found = self._key(row)
        if isinstance(found, DomainError):
            entry.problems.append(Problem("class", entry.class_label, found.message, found.params))
            return
        one = self.classes.get(found)
        error = None
        if one is None and not self.known.may_create:
            error = DomainError("学校里没有这个班。请核对班级，或请学校管理员先建班。")
        elif one is not None and not one.is_mine:
            error = DomainError("这个班不归你管理。请删去这一行，或请学校管理员导入。")
        if error is not None:
            entry.problems.append(Problem("class", entry.class_label, error.message))
            return
        entry.class_key = one.key if one else found
        entry.class_id = one.id if one else None
        entry.class_label = _label(entry.class_key, self.at)

    def _key(self, row: RosterRow) -> ClassKey | DomainError:
        spelling = (row.class_text, row.grade_text)
        if spelling not in self.read:
            try:
                self.read[spelling] = read_class(*spelling, kind=self.known.kind, at=self.at)
            except DomainError as error:
                self.read[spelling] = error
        return self.read[spelling]

    def _may_take(self, pupil: KnownPupil) -> bool:
        return self.known.may_create or self.by_id[pupil.class_id or 0].is_mine

    def _compare(self, entry: Entry, row: RosterRow, pupil: KnownPupil | None) -> None:
        """Say what becomes of a sound row."""
        if pupil is None:
            entry.kind = EntryKind.ADDED
            gone = self.left.get(entry.number)
            same = gone if gone and gone.name == entry.name else None
            entry.user_id = same.user_id if same else None
            _hear(entry, row, same.consent if same else NO_ANSWER)
            self._warn_of_lost_zeros(entry)
            return
        entry.user_id = pupil.user_id
        entry.gender = entry.gender or pupil.gender
        if pupil.name != entry.name:
            entry.before["name"] = pupil.name
            if not set(pupil.name) & set(entry.name):
                doubt = DomainError("同一学号原来是“%(name)s”，姓名完全不同。请确认是同一个学生。")
                entry.warnings.append(Problem("name", entry.name, doubt.message, {"name": pupil.name}))
        if pupil.gender != entry.gender:
            entry.before["gender"] = pupil.gender
        if _hear(entry, row, pupil.consent):
            entry.before["consent"] = pupil.consent.state.value
        if pupil.class_id != entry.class_id:
            entry.before["class"] = _label(self.by_id[pupil.class_id or 0].key, self.at)
        changed = EntryKind.CHANGED if entry.before else EntryKind.SAME
        entry.kind = EntryKind.MOVED if "class" in entry.before else changed

    def _warn_of_lost_zeros(self, entry: Entry) -> None:
        if not entry.number.isdigit():
            return
        for zeros in range(1, 5):
            longer = "0" * zeros + entry.number
            if longer in self.pupils:
                doubt = DomainError("学校里已有学号 %(number)s，这里可能丢了开头的 0。请核对。")
                entry.warnings.append(Problem("number", entry.number, doubt.message, {"number": longer}))
                return

    def missing(self, entries: list[Entry]) -> list[Entry]:
        """Pupils of the file's classes whom the file does not name."""
        named = {entry.number for entry in entries}
        present = {entry.class_id for entry in entries if entry.kind != EntryKind.WRONG and entry.class_id}
        found = [p for p in self.known.pupils if p.class_id in present and p.number not in named]
        return [
            Entry(
                EntryKind.MISSING, 0, pupil.number, pupil.name, pupil.gender, self.by_id[pupil.class_id or 0].key,
                pupil.class_id, _label(self.by_id[pupil.class_id or 0].key, self.at), pupil.user_id,
            )
            for pupil in sorted(found, key=lambda pupil: (pupil.class_id or 0, pupil.number))
        ]  # fmt: skip


def _hear(entry: Entry, row: RosterRow, current: CurrentConsent) -> bool:
    """Take what a row says about the full name in public, if it is new; whether it is."""
    if not row.consent:
        return False
    is_yes = row.consent == "yes"
    if not roster_may_say(current, is_yes):
        doubt = DomainError(
            "名册里的“是”没有采用：后来有人不同意或撤回了。要重新公开，请填一份新的同意书，在“公开姓名”里登记。"
        )
        entry.warnings.append(Problem("consent", "是", doubt.message))
    elif roster_changes(current, is_yes):
        entry.consent = row.consent
    return bool(entry.consent)


def _label(key: ClassKey, at: datetime) -> str:
    return class_label(key.cohort_year, key.entry_grade, key.name, at)


def _mark_repeated(entries: list[Entry]) -> None:
    """Rows that share a number are all wrong: nobody but the school knows which is right."""
    lines: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.number:
            lines[entry.number].append(entry)
    for same in lines.values():
        for entry in same if len(same) > 1 else ():
            others = "、".join(str(other.line) for other in same if other is not entry)
            error = DomainError("第 %(lines)s 行也是这个学号。请只留一行，或改正学号。")
            entry.problems.append(Problem("number", entry.number, error.message, {"lines": others}))
            entry.kind, entry.before, entry.user_id, entry.consent = EntryKind.WRONG, {}, None, ""


def _warn_of_namesakes(entries: list[Entry], missing: list[Entry]) -> None:
    """Two of the same name in one class may be two people, or one person with two numbers."""
    groups: dict[tuple[ClassKey | None, str], list[Entry]] = defaultdict(list)
    for entry in [*entries, *missing]:
        if entry.kind != EntryKind.WRONG:
            groups[entry.class_key, entry.name].append(entry)
    for same in groups.values():
        for entry in same if len(same) > 1 else ():
            if entry.kind not in {EntryKind.SAME, EntryKind.MISSING}:
                numbers = "、".join(other.number for other in same if other is not entry)
                doubt = DomainError("这个班还有一位同名学生（学号 %(numbers)s）。请确认不是同一个人。")
                entry.warnings.append(Problem("name", entry.name, doubt.message, {"numbers": numbers}))
