"""Whose full name may be shown, and whose word counts."""

import hashlib

import pytest

from quiz.accounts.publication import rules
from quiz.accounts.publication.rules import (
    ConsentChannel,
    ConsentState,
    CurrentConsent,
    public_name,
    roster_changes,
    roster_may_say,
    state_of,
)

AGREED = CurrentConsent(1, ConsentState.AGREED, ConsentChannel.FORM)
WITHDRAWN = CurrentConsent(2, ConsentState.WITHDRAWN, ConsentChannel.PUPIL)
BY_ROSTER = CurrentConsent(3, ConsentState.REFUSED, ConsentChannel.ROSTER)
ON_PAPER = CurrentConsent(4, ConsentState.REFUSED, ConsentChannel.FORM)


@pytest.mark.parametrize(
    ("pupil", "guardian", "state"),
    [(True, True, "agreed"), (True, False, "refused"), (False, True, "refused"), (False, False, "refused")],
)
def test_only_both_together_agree(pupil: bool, guardian: bool, state: str) -> None:
    assert state_of(pupil, guardian).value == state


def test_without_consent_the_name_is_masked() -> None:
    assert (public_name(" 欧阳小雪 ", True), public_name("欧阳小雪", False)) == ("欧阳小雪", "欧*雪")


@pytest.mark.parametrize("state", list(ConsentState))
def test_only_agreement_publishes(state: ConsentState) -> None:
    assert CurrentConsent(1, state).is_publishable is (state is ConsentState.AGREED)
    assert not CurrentConsent().is_publishable


def test_a_text_that_no_longer_covers_what_is_published_must_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "COVERING_TEXTS", frozenset({"2"}))
    assert (AGREED.is_publishable, AGREED.is_outdated) == (False, True)
    assert not WITHDRAWN.is_outdated


@pytest.mark.parametrize(
    ("current", "is_yes", "may"),
    [
        (CurrentConsent(), True, True), (CurrentConsent(), False, True), (BY_ROSTER, True, True), (AGREED, False, True),
        (WITHDRAWN, True, False), (ON_PAPER, True, False), (WITHDRAWN, False, True),
    ],
)  # fmt: skip
def test_an_old_file_never_brings_back_what_was_taken_back(current: CurrentConsent, is_yes: bool, may: bool) -> None:
    assert roster_may_say(current, is_yes) is may


@pytest.mark.parametrize(
    ("current", "is_yes", "changes"),
    [
        (CurrentConsent(), True, True), (AGREED, True, False), (AGREED, False, True), (BY_ROSTER, False, False),
        (WITHDRAWN, False, False), (CurrentConsent(), False, True),
    ],
)  # fmt: skip
def test_the_same_word_again_is_no_news(current: CurrentConsent, is_yes: bool, changes: bool) -> None:
    assert roster_changes(current, is_yes) is changes


def test_a_text_that_people_have_signed_never_changes() -> None:
    """A new wording is a new version: add it, make it current, and decide whether the old ones still cover."""
    digests = {
        version: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] for version, lines in rules.TEXTS.items()
    }
    assert digests["1"] == "b65a0b968985764f"
    assert rules.CURRENT_TEXT in rules.COVERING_TEXTS <= rules.TEXTS.keys()
