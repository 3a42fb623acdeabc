"""A draft becomes a version by two checks of two people who did not write it; nothing else does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from question_bank.model import Item as BankItem
from quiz.db import db
from quiz.errors import ConflictError, DomainError
from quiz.items import catalogue
from quiz.items.editing import services
from quiz.items.editing.queries import open_draft
from quiz.items.editing.rules import STEPS, DraftStage, DraftStep
from quiz.items.models import Item
from quiz.items.services import sync_bank
from tests.cast import Cast
from tests.factories.items import NOW, SOUND, a_draft, actor, step

SUBMIT, SOURCE, SAFETY = DraftStep.SUBMIT, DraftStep.CONFIRM_SOURCE, DraftStep.CONFIRM_SAFETY
BACK, WITHDRAW = DraftStep.SEND_BACK, DraftStep.WITHDRAW


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


@pytest.fixture
def people(cast: Cast) -> tuple[int, int, int]:
    """An author and two others (the services ask for three people, not for their roles)."""
    return cast.editor, cast.admin, cast.province


def test_two_others_bring_a_new_item_into_the_bank(session: Session, people: tuple[int, int, int]) -> None:
    author, first, second = people
    before = catalogue.load(session).revision
    draft = a_draft(session, author)
    assert step(session, draft, author, SUBMIT).stage is DraftStage.SOURCE_CHECK
    assert step(session, draft, first, SOURCE).stage is DraftStage.SAFETY_CHECK
    done = step(session, draft, second, SAFETY)
    assert done.item_id == "refusal-5001"
    bank = catalogue.load(session)
    assert bank.revision == before + 1
    content = bank.get(session, "refusal-5001", 1)
    assert content.stem == SOUND.stem
    assert (content.checks, content.checked_on) == (("source", "safety"), NOW.date())
    assert "refusal-5001" in {entry.item_id for entry in bank.pool("junior")}
    assert [event.actor_id for event in done.events] == [author, author, first, second]


def test_authors_check_nothing_and_nobody_checks_twice(session: Session, people: tuple[int, int, int]) -> None:
    author, first, _ = people
    draft = a_draft(session, author)
    step(session, draft, author, SUBMIT)
    with pytest.raises(DomainError, match="由别人来核对"):
        step(session, draft, author, SOURCE)
    step(session, draft, first, SOURCE)
    with pytest.raises(DomainError, match="另一个人"):
        step(session, draft, first, SAFETY)
    assert draft.stage is DraftStage.SAFETY_CHECK


def test_whoever_mends_a_draft_becomes_an_author(session: Session, people: tuple[int, int, int]) -> None:
    author, first, second = people
    draft = a_draft(session, author)
    services.save_draft(
        session, actor=actor(first), public_id=draft.public_id, content=replace(SOUND, difficulty=3),
        revision=draft.revision, now=NOW,
    )  # fmt: skip
    step(session, draft, author, SUBMIT)
    with pytest.raises(DomainError, match="由别人来核对"):
        step(session, draft, first, SOURCE)
    assert step(session, draft, second, SOURCE).stage is DraftStage.SAFETY_CHECK


def test_sending_back_says_why_and_both_checks_begin_anew(session: Session, people: tuple[int, int, int]) -> None:
    author, first, second = people
    draft = a_draft(session, author)
    step(session, draft, author, SUBMIT)
    step(session, draft, first, SOURCE)
    with pytest.raises(DomainError, match="要改什么"):
        step(session, draft, second, BACK, "  ")
    assert step(session, draft, second, BACK, "解析没有说怎么做。").stage is DraftStage.DRAFT
    assert draft.events[-1].text == "解析没有说怎么做。"
    step(session, draft, author, SUBMIT)
    assert step(session, draft, second, SOURCE).source_checked_by == second


@pytest.mark.parametrize("wanted", [SUBMIT, SOURCE, SAFETY])
def test_the_lint_stops_a_draft_at_every_gate(
    session: Session, people: tuple[int, int, int], wanted: DraftStep
) -> None:
    author, first, second = people
    draft = a_draft(session, author)
    for who, before in ((author, SUBMIT), (first, SOURCE)):
        if wanted is before:
            break
        step(session, draft, who, before)
    draft.content = {**draft.content, "sources": ["law:no-such-law:art-1"]}
    with pytest.raises(DomainError, match="没有登记法规"):
        step(session, draft, {SUBMIT: author, SOURCE: first, SAFETY: second}[wanted], wanted)


def test_a_step_on_an_older_picture_of_the_draft_is_refused(session: Session, people: tuple[int, int, int]) -> None:
    author, first, _ = people
    draft = a_draft(session, author)
    step(session, draft, author, SUBMIT)
    with pytest.raises(ConflictError):
        services.take_step(
            session, actor=actor(first), public_id=draft.public_id, step=SOURCE, revision=0, comment="", now=NOW
        )


@pytest.mark.parametrize("wanted", list(DraftStep))
@pytest.mark.parametrize("stage", list(DraftStage))
def test_steps_start_only_where_the_table_says(
    session: Session, people: tuple[int, int, int], stage: DraftStage, wanted: DraftStep
) -> None:
    author, first, _ = people
    draft = a_draft(session, author)
    draft.stage = stage
    session.flush()
    who = first if wanted in (SOURCE, SAFETY) else author
    if stage in STEPS[wanted][0]:
        assert step(session, draft, who, wanted, "因为").stage is STEPS[wanted][1]
    else:
        with pytest.raises(ConflictError):
            step(session, draft, who, wanted, "因为")


def test_a_published_item_gets_a_second_version_and_keeps_the_first(
    session: Session, people: tuple[int, int, int]
) -> None:
    author, first, second = people
    draft = services.edit_item(session, actor=actor(author), item_id="law-0001", now=NOW)
    assert services.edit_item(session, actor=actor(first), item_id="law-0001", now=NOW) is draft
    old = BankItem.from_dict(draft.content)
    services.save_draft(
        session, actor=actor(author), public_id=draft.public_id,
        content=replace(old, explanation="先想一想，再回答。" + old.explanation), revision=0, now=NOW,
    )  # fmt: skip
    for who, wanted in ((author, SUBMIT), (first, SOURCE), (second, SAFETY)):
        step(session, draft, who, wanted)
    bank = catalogue.load(session)
    assert bank.published["law-0001"].version == 2
    assert bank.get(session, "law-0001", 1).explanation == old.explanation
    assert bank.get(session, "law-0001", 2).explanation.startswith("先想一想")
    assert open_draft(session, "law-0001") is None


def edited(session: Session, people: tuple[int, int, int], item_id: str = "law-0001") -> None:
    """Publish a local version of an item from the folder."""
    author, first, second = people
    draft = services.edit_item(session, actor=actor(author), item_id=item_id, now=NOW)
    content = BankItem.from_dict(draft.content)
    services.save_draft(
        session, actor=actor(author), public_id=draft.public_id, content=replace(content, difficulty=1),
        revision=draft.revision, now=NOW,
    )  # fmt: skip
    for who, wanted in ((author, SUBMIT), (first, SOURCE), (second, SAFETY)):
        step(session, draft, who, wanted)


def test_a_sync_leaves_local_edits_and_local_items_alone(session: Session, people: tuple[int, int, int]) -> None:
    edited(session, people)
    draft = a_draft(session, people[0])
    for who, wanted in ((people[0], SUBMIT), (people[1], SOURCE), (people[2], SAFETY)):
        step(session, draft, who, wanted)
    report = sync_bank(session, now=NOW)
    assert (report.has_changes, report.kept, report.offered) == (False, 1, 0)
    local, own = session.get(Item, "law-0001"), session.get(Item, "refusal-5001")
    assert local is not None and local.current_version == 2
    assert own is not None and own.status == "published"


def test_news_from_the_folder_about_an_edited_item_is_offered_once_as_a_draft(
    session: Session, people: tuple[int, int, int]
) -> None:
    edited(session, people)
    items = [replace(one, difficulty=4) if one.id == "law-0001" else one for one in load_bank()]
    first = sync_bank(session, now=NOW, items=items)
    assert (first.offered, first.changed) == (1, 0)
    draft = open_draft(session, "law-0001")
    assert draft is not None and draft.is_from_bank and draft.content["difficulty"] == 4
    again = sync_bank(session, now=NOW, items=items)
    assert (again.offered, again.has_changes) == (0, False)
    step(session, draft, people[0], WITHDRAW)
    assert sync_bank(session, now=NOW, items=items).offered == 0


def test_taking_over_the_folder_s_version_ends_the_local_edit(session: Session, people: tuple[int, int, int]) -> None:
    author, first, second = people
    edited(session, people)
    items = [replace(one, difficulty=4) if one.id == "law-0001" else one for one in load_bank()]
    sync_bank(session, now=NOW, items=items)
    draft = open_draft(session, "law-0001")
    assert draft is not None
    for who, wanted in ((author, SUBMIT), (first, SOURCE), (second, SAFETY)):
        step(session, draft, who, wanted)
    item = session.get(Item, "law-0001")
    assert item is not None and not item.is_local
    assert sync_bank(session, now=NOW, items=items).kept == 0


def test_an_item_retired_here_stays_retired_when_the_folder_still_has_it(
    session: Session, people: tuple[int, int, int]
) -> None:
    from quiz.items.services import retire

    retire(session, item_id="law-0001", reason="等新法条", actor_id=people[0], now=NOW)
    sync_bank(session, now=NOW)
    item = session.get(Item, "law-0001")
    assert item is not None and item.status == "retired"
    assert "law-0001" not in catalogue.load(session).published
