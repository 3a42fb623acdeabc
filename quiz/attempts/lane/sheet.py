"""The answering page put together from pieces that the templates have rendered once.

Every pupil's page differs (another draw, another order of choices), but its pieces do not: a question's frame and its
choices, the page around them. Each is rendered by the very templates of the view, in each language, with tokens where
something varies, and kept as a template of the ``%`` operator, which fills it in one go; a page is then a joining of
strings, a fiftieth of the work. A test demands that it equals the view's page to the letter.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, TypeVar

from flask import Flask, g, get_template_attribute, render_template
from jinja2.utils import htmlsafe_json_dumps

from question_bank.model import Item, ItemKind
from quiz import clock
from quiz.attempts.queries import LogState
from quiz.attempts.views.paper import Question, question, question_form
from quiz.attempts.views.script import importmap, script_config
from quiz.items import catalogue
from quiz.items.answering import AnswerOption, AnswerView

T = TypeVar("T")
ATTEMPT, CSRF, NONCE, USER = "TokenAttempt0000", "TokenCsrf0000000", "TokenNonce000000", "TokenUser0000000"
FORMS, SEGMENTS, CARD = "TokenForms000000", "TokenSegments000", "TokenCard0000000"
DEADLINE, ANSWERS, LETTER = "TokenDeadline000", "TokenAnswers0000", "TokenLetter00000"
#: Tokens where the templates want numbers; the one after POSITION stands for the next question.
POSITION, SEQ, ANSWERED, REMAINING = 700_000_000_000_001, 710_000_000_000_001, 720_000_000_000_001, 730_000_000_000_001
_TOKENS = re.compile(
    f'({ATTEMPT}|{CSRF}|{NONCE}|{USER}|{FORMS}|{SEGMENTS}|{CARD}|{DEADLINE}|"{ANSWERS}"|{SEQ}|{ANSWERED}|{REMAINING})'
)
_SLOTS = {
    str(POSITION): "%(position)s", str(POSITION + 1): "%(next)s", ATTEMPT: "%(attempt)s", CSRF: "%(csrf)s",
    str(SEQ): "%(seq)s", LETTER: "%(letter)s",
}  # fmt: skip
_SLOT = re.compile("|".join(_SLOTS))
LETTERS = "ABCDEFGH"
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

    All templates (_template); ``between`` has no slot.
    """

    head: str
    between: str
    tails: tuple[str, str]
    options: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class _Shell:
    """The page around the questions; texts and list items in turn, items not answered and answered."""

    parts: tuple[str, ...]
    segments: tuple[tuple[str, str], ...]
    card: tuple[tuple[str, str], ...]


class Sheet:
    """The pieces of one application's answering pages."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._frame = lru_cache(20_000)(self._make_frame)
        self._shell = lru_cache(200)(self._make_shell)
        self._whole = lru_cache(20_000)(self._make_whole)

    def render(self, page: Page) -> str:
        """The HTML of a page."""
        total, stored = len(page.paper), page.log.answers
        shell = self._shell(page.title, total, page.locale)
        seq, answered = str(page.log.last_seq + 1), str(page.log.answered)
        same = {"attempt": page.attempt_id, "csrf": page.csrf, "seq": seq}
        forms = "\n".join([self._form(page, entry, entry["position"] == total, same) for entry in page.paper])
        values = {
            ATTEMPT: page.attempt_id, CSRF: page.csrf, NONCE: page.nonce, USER: page.user_id, FORMS: forms,
            SEGMENTS: _listed(shell.segments, stored), CARD: _listed(shell.card, stored), DEADLINE: page.deadline,
            f'"{ANSWERS}"': htmlsafe_json_dumps(stored, dumps=self._app.json.dumps), str(SEQ): seq,
            str(ANSWERED): answered, str(REMAINING): repr(page.remaining),
        }  # fmt: skip
        return "".join([values.get(part, part) for part in shell.parts])

    def warm(self, versions: Iterable[tuple[str, int]], locale: str = "zh") -> None:
        """Render the frames of these items, all in memory, before the first pupil asks for them."""
        found = list(versions)
        for is_last in (False, True):  # most questions are not the last one
            for item_id, version in found:
                self._frame(item_id, version, locale, is_last)

    def _form(self, page: Page, entry: Mapping[str, Any], is_last: bool, same: Mapping[str, str]) -> str:
        position, chosen = entry["position"], page.log.answers.get(entry["position"], ())
        version = entry["item_id"], entry["version"]
        slots = {**same, "position": str(position), "next": str(position + 1)}
        frame = self._frame(*version, page.locale, is_last)
        if frame is None:
            return self._whole(*version, tuple(entry["order"]), tuple(chosen), page.locale, is_last) % slots
        options = []
        for letter, choice_id in zip(LETTERS, entry["order"], strict=False):
            slots["letter"] = letter
            options.append(frame.options[choice_id][choice_id in chosen] % slots)
        return "".join((frame.head % slots, frame.between.join(options), frame.tails[bool(chosen)] % slots))

    def _rendered(self, locale: str, make: Callable[[], T]) -> T:
        """Render outside any request of a person's: no session, no user, tokens for CSRF and nonce."""
        with self._app.test_request_context("/", headers={"Accept-Language": locale}):
            g.csrf_token, g.csp_nonce = CSRF, NONCE
            return make()

    def _make_whole(
        self, item_id: str, version: int, order: tuple[str, ...], chosen: tuple[str, ...], locale: str, is_last: bool
    ) -> str:
        """A question that is not made of choices, whole."""
        item = _item(item_id, version)
        entry = {"position": POSITION, "order": order}
        return self._rendered(locale, lambda: _template(_html(question(entry, item, chosen), is_last)))

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
            if between != _template(between):
                raise ValueError(f"{item.id}: what stands between two choices varies")
            return _Frame(_template(head), between, (_template(open_tail), _template(done_tail)), {
                choice_id: (_template(plain), _template(chosen)) for choice_id, (plain, chosen) in pairs.items()
            })  # fmt: skip

        made = self._rendered(locale, make)
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

        none = self._rendered(locale, lambda: make(()))
        everything = self._rendered(locale, lambda: make(range(1, total + 1)))
        segments, card = (_list(none, mark, everything) for mark in _LISTS)
        text = none
        for mark, token in zip(_LISTS, (SEGMENTS, CARD), strict=True):
            text = mark.sub(lambda found, token=token: found[1] + token + found[3], text, count=1)  # type: ignore[misc]
        return _Shell(tuple(_TOKENS.split(text)), segments, card)


_LISTS = (
    re.compile(r'(<ol class="segments"[^>]*>)(.*?)(</ol>)', re.DOTALL),
    re.compile(r'(<ol class="answer-card"[^>]*>)(.*?)(</ol>)', re.DOTALL),
)
_ITEM = re.compile(r"(<li.*?</li>)", re.DOTALL)


def _template(text: str) -> str:
    """For ``%``: the tokens of a question as named slots, everything else as it is."""
    return _SLOT.sub(lambda found: _SLOTS[found[0]], text.replace("%", "%%"))


def _item(item_id: str, version: int) -> Item:
    found = catalogue.known(item_id, version)
    if found is None:
        raise LookupError(f"{item_id} version {version} is not in memory")
    return found


def _list(none: str, mark: re.Pattern[str], everything: str) -> tuple[tuple[str, str], ...]:
    """A list's texts and items in turn, as they are with nothing and with everything answered."""
    found = [_ITEM.split(match[2]) for match in (mark.search(none), mark.search(everything)) if match]
    return tuple(zip(*found, strict=True))


def _listed(pairs: Sequence[tuple[str, str]], stored: Mapping[int, Any]) -> str:
    """Every second part is an item: the first of position 1, and so on."""
    return "".join([pair[at % 2 == 1 and (at + 1) // 2 in stored] for at, pair in enumerate(pairs)])


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
