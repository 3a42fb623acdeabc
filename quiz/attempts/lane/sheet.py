"""The answering page put together from pieces that the templates have rendered once.

Every pupil's page differs (another draw, another order of choices), but its pieces do not: a question's frame and its
choices, the page around them. Each is rendered by the very templates of the view, in each language, with tokens where
something varies, and kept as UTF-8 cut at these places; a page is then a joining of bytes, a hundredth of the work. A
test demands that it equals the view's page to the letter.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

from flask import Flask, get_template_attribute, render_template
from jinja2.utils import htmlsafe_json_dumps

from question_bank.model import Item, ItemKind
from quiz import clock
from quiz.attempts.lane.pieces import (
    ANSWERED,
    ANSWERS,
    ATTEMPT,
    CARD,
    CSRF,
    CUTS,
    DEADLINE,
    FORMS,
    LETTER,
    NONCE,
    POSITION,
    REMAINING,
    SEGMENTS,
    SEQ,
    USER,
    Template,
    filled,
    filling,
    rendered,
    shared_template,
    template,
)  # fmt: skip
from quiz.attempts.queries import LogState
from quiz.attempts.views.paper import Question, question, question_form
from quiz.attempts.views.script import importmap, script_config
from quiz.items import catalogue
from quiz.items.answering import AnswerOption, AnswerView

#: A choice: what stands before, between and after its id (twice) and its letter.
Option = tuple[bytes, bytes, bytes, bytes]
_POSITION, _NEXT, _LETTER, _PLACE = (
    str(token).encode() for token in (POSITION, POSITION + 1, LETTER, f"{POSITION}-{LETTER}")
)
_LETTERS = tuple(letter.encode() for letter in "ABCDEFGH")
PICKED = frozenset({ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE, ItemKind.SCENARIO})


@dataclass(frozen=True)
class Page:
    """What varies: the paper's entries, the log, and who asks."""

    attempt_id: str
    user_id: str
    title: str
    paper: Sequence[Mapping[str, Any]]
    log: LogState
    deadline: str
    remaining: float
    csrf: str
    nonce: str
    locale: str


@dataclass(frozen=True)
class _Frame:
    """A question whose choices are set in: ``options`` by id, not chosen and chosen; ``tails`` not answered and answered.

    ``between`` has no token.
    """

    head: Template
    between: bytes
    tails: tuple[Template, Template]
    options: Mapping[str, tuple[Option, Option]]


@dataclass(frozen=True)
class _Shell:
    """The page around the questions; texts and list items in turn, items not answered and answered."""

    parts: Template
    segments: tuple[tuple[bytes, bytes], ...]
    card: tuple[tuple[bytes, bytes], ...]


class Sheet:
    """The pieces of one application's answering pages."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._frame = lru_cache(20_000)(self._make_frame)
        self._shell = lru_cache(200)(self._make_shell)
        self._whole = lru_cache(20_000)(self._make_whole)

    def render(self, page: Page) -> bytes:
        """The HTML of a page, as UTF-8."""
        total, stored = len(page.paper), page.log.answers
        shell = self._shell(page.title, total, page.locale)
        same = filling({ATTEMPT: page.attempt_id, CSRF: page.csrf, SEQ: page.log.last_seq + 1})
        pieces: list[bytes] = []
        for entry in page.paper:
            self._add_question(pieces, page, entry, same)
            pieces.append(b"\n")
        values = same | filling({
            NONCE: page.nonce, USER: page.user_id, DEADLINE: page.deadline, ANSWERED: page.log.answered,
            f'"{ANSWERS}"': htmlsafe_json_dumps(stored, dumps=self._app.json.dumps), REMAINING: repr(page.remaining),
        })  # fmt: skip
        values[FORMS.encode()] = b"".join(pieces[:-1])
        values[SEGMENTS.encode()], values[CARD.encode()] = _listed(shell.segments, stored), _listed(shell.card, stored)
        return b"".join(filled(shell.parts, values))

    def warm(self, versions: Iterable[tuple[str, int]], locale: str = "zh") -> None:
        """Render the frames of these items, all in memory, before the first pupil asks for them."""
        found = list(versions)
        for is_last in (False, True):  # most questions are not the last one
            for item_id, version in found:
                self._frame(item_id, version, locale, is_last)

    def _add_question(
        self, pieces: list[bytes], page: Page, entry: Mapping[str, Any], same: Mapping[bytes, bytes]
    ) -> None:
        position, chosen = entry["position"], page.log.answers.get(entry["position"], ())
        is_last = position == len(page.paper)
        version = entry["item_id"], entry["version"]
        values = {**same, _POSITION: b"%d" % position, _NEXT: b"%d" % (position + 1)}
        frame = self._frame(*version, page.locale, is_last)
        if frame is None:
            whole = self._whole(*version, tuple(entry["order"]), tuple(chosen), page.locale, is_last)
            pieces += filled(whole, values)
            return
        pieces += filled(frame.head, values)
        between = b""
        for letter, place, choice_id in zip(_LETTERS, _places(position), entry["order"], strict=False):
            start, again, shown, end = frame.options[choice_id][choice_id in chosen]
            pieces += (between, start, place, again, place, shown, letter, end)
            between = frame.between
        pieces += filled(frame.tails[bool(chosen)], values)

    def _make_whole(
        self, item_id: str, version: int, order: tuple[str, ...], chosen: tuple[str, ...], locale: str, is_last: bool
    ) -> Template:
        """A question that is not made of choices, whole."""
        item = _item(item_id, version)
        entry = {"position": POSITION, "order": order}
        return rendered(self._app, locale, lambda: template(_html(question(entry, item, chosen), is_last)))

    def _make_frame(self, item_id: str, version: int, locale: str, is_last: bool) -> _Frame | None:
        """The frame of a question that is made of choices; None for any other."""
        item = _item(item_id, version)
        if item.kind not in PICKED:
            return None

        def make() -> _Frame:
            shown = question({"position": POSITION, "order": item.choice_ids}, item, ())
            options = [replace(option, letter=LETTER) for option in shown.answer.options]
            pairs = {one.id: (_option(shown.answer, one), _option(shown.answer, _chosen(one))) for one in options}
            first, second = options[:2]
            head, open_tail = _html(_with(shown, [first]), is_last).split(pairs[first.id][0])
            same_head, done_tail = _html(_with(shown, [_chosen(first)]), is_last).split(pairs[first.id][1])
            between = _html(_with(shown, [first, second]), is_last)
            between = between.removeprefix(head + pairs[first.id][0]).removesuffix(pairs[second.id][0] + open_tail)
            if same_head != head:
                raise ValueError(f"{item.id}: the frame depends on the answer")
            if CUTS.search(between):
                raise ValueError(f"{item.id}: what stands between two choices varies")
            return _Frame(shared_template(head), between.encode(), (shared_template(open_tail), shared_template(done_tail)), {
                choice_id: (_option_template(plain), _option_template(chosen)) for choice_id, (plain, chosen) in pairs.items()
            })  # fmt: skip

        made = rendered(self._app, locale, make)
        if not is_last:
            return made
        usual = self._frame(item_id, version, locale, False)
        shared = usual and replace(usual, tails=made.tails)  # the same strings, kept once
        return shared if shared == made else made

    def _make_shell(self, title: str, total: int, locale: str) -> _Shell:
        def make(stored: Sequence[int]) -> str:
            attempt: Any = SimpleNamespace(public_id=ATTEMPT, paper=range(total), deadline_at=clock.now())
            config = script_config(attempt, LogState({}, 0), USER, clock.now())
            config |= {"answered": ANSWERED, "answers": ANSWERS, "nextSeq": SEQ, "remaining": REMAINING}
            return render_template(
                "attempts/show.html", attempt=attempt, sitting=SimpleNamespace(title=title), forms=[FORMS],
                segment_states=["done" if position in stored else "todo" for position in range(1, total + 1)],
                deadline=DEADLINE, answered=ANSWERED, stored=stored, total=total, stale=None, config=config,
                importmap=importmap(),
            )  # fmt: skip

        none = rendered(self._app, locale, lambda: make(()))
        everything = rendered(self._app, locale, lambda: make(range(1, total + 1)))
        segments, card = (_list(none, mark, everything) for mark in _LISTS)
        text = none
        for mark, token in zip(_LISTS, (SEGMENTS, CARD), strict=True):
            text = mark.sub(lambda found, token=token: found[1] + token + found[3], text, count=1)  # type: ignore[misc]
        return _Shell(shared_template(text), segments, card)


_LISTS = (
    re.compile(r'(<ol class="segments"[^>]*>)(.*?)(</ol>)', re.DOTALL),
    re.compile(r'(<ol class="answer-card"[^>]*>)(.*?)(</ol>)', re.DOTALL),
)
_ITEM = re.compile(r"(<li.*?</li>)", re.DOTALL)


def _option_template(text: str) -> Option:
    start, *tokens, end = shared_template(text)
    first, again, second, shown, third = tokens
    if (first, second, third) != (_PLACE, _PLACE, _LETTER):
        raise ValueError("a choice is not written as its template was")
    return start, again, shown, end


@cache
def _places(position: int) -> tuple[bytes, ...]:
    """The ids of a question's choices, without their prefix."""
    return tuple(b"%d-%b" % (position, letter) for letter in _LETTERS)


def _item(item_id: str, version: int) -> Item:
    found = catalogue.known(item_id, version)
    if found is None:
        raise LookupError(f"{item_id} version {version} is not in memory")
    return found


def _list(none: str, mark: re.Pattern[str], everything: str) -> tuple[tuple[bytes, bytes], ...]:
    """A list's texts and items in turn, as they are with nothing and with everything answered."""
    found = [_ITEM.split(match[2]) for match in (mark.search(none), mark.search(everything)) if match]
    return tuple((open_one.encode(), done_one.encode()) for open_one, done_one in zip(*found, strict=True))


def _listed(pairs: Sequence[tuple[bytes, bytes]], stored: Mapping[int, Any]) -> bytes:
    """Every second part is an item: the first of position 1, and so on."""
    return b"".join([pair[at % 2 == 1 and (at + 1) // 2 in stored] for at, pair in enumerate(pairs)])


def _html(shown: Question, is_last: bool) -> str:
    total = POSITION if is_last else POSITION + 2
    return str(question_form(shown, ATTEMPT, LogState({}, SEQ - 1), total=total))


def _with(shown: Question, options: Sequence[AnswerOption]) -> Question:
    return replace(shown, answer=replace(shown.answer, options=tuple(options)))


def _chosen(option: AnswerOption) -> AnswerOption:
    return replace(option, is_chosen=True)


def _option(view: AnswerView, option: AnswerOption) -> str:
    """One choice, as items/answer.html writes it."""
    choice = get_template_attribute("macros/forms.html", "choice")
    kind = "checkbox" if view.is_multiple else "radio"
    prefix = f"q-{POSITION}-{option.letter}"
    return str(choice(prefix, "choices", option.id, option.letter, option.text, option.is_chosen, kind))
