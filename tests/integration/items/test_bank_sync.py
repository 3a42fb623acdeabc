"""Syncing the bank: idempotent, versions for ever, one revision per change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from question_bank.loader import load_bank
from question_bank.model import Choice, GradeBand, ItemKind
from question_bank.model import Item as BankItem
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.items import catalogue
from quiz.items.models import BankState, Item, ItemStatus, ItemVersion
from quiz.items.services import sync_bank

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def an_item(item_id: str = "law-9001", stem: str = "哪一项正确？", **values: object) -> BankItem:
    base = BankItem(
        id=item_id,
        kind=ItemKind.SINGLE,
        topic="law",
        subtopic="definition",
        stem=stem,
        choices=(Choice("a", "甲"), Choice("b", "乙")),
        answer_key=("a",),
        explanation="选甲。",
        bands=(GradeBand.JUNIOR, GradeBand.SENIOR),
        difficulty=2,
        sources=("law:drug-control:art-2",),
    )
    return replace(base, **values)  # type: ignore[arg-type]


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def versions(session: Session, item_id: str) -> list[str]:
    rows = sa.select(ItemVersion.content).where(ItemVersion.item_id == item_id).order_by(ItemVersion.version)
    return [content["stem"] for content in session.scalars(rows)]


def test_the_whole_content_is_published_and_a_second_sync_writes_nothing(session: Session) -> None:
    before = session.scalars(sa.select(BankState.revision)).one()
    report = sync_bank(session, now=NOW)
    assert not report.has_changes
    assert report.unchanged == len(load_bank()) == session.scalar(sa.select(sa.func.count(Item.id)))
    assert report.revision == before == 1


def test_changed_content_becomes_a_new_version_and_the_old_one_stays(session: Session) -> None:
    sync_bank(session, now=NOW, items=[an_item()])
    report = sync_bank(session, now=NOW, items=[an_item(stem="新的问法？", difficulty=4)])
    assert (report.changed, report.added, report.unchanged) == (1, 0, 0)
    assert versions(session, "law-9001") == ["哪一项正确？", "新的问法？"]
    item = session.get_one(Item, "law-9001")
    assert (item.current_version, item.difficulty) == (2, 4)


def test_a_renewed_review_date_is_no_new_version(session: Session) -> None:
    sync_bank(session, now=NOW, items=[an_item()])
    report = sync_bank(session, now=NOW, items=[an_item(checks=("source", "safety"))])
    assert not report.has_changes


def test_what_vanishes_is_retired_and_what_returns_is_published_again(session: Session) -> None:
    sync_bank(session, now=NOW, items=[an_item()])
    gone = sync_bank(session, now=NOW, items=[])
    assert gone.retired == 1
    assert session.get_one(Item, "law-9001").status == ItemStatus.RETIRED
    assert not sync_bank(session, now=NOW, items=[]).has_changes
    back = sync_bank(session, now=NOW, items=[an_item()])
    assert (back.restored, back.revision) == (1, gone.revision + 1)
    assert versions(session, "law-9001") == ["哪一项正确？"]


def test_the_catalogue_follows_the_revision(session: Session) -> None:
    sync_bank(session, now=NOW, items=[an_item("law-9002"), an_item("law-9001")])
    first = catalogue.load(session)
    assert [entry.item_id for entry in first.pool("junior")] == ["law-9001", "law-9002"]
    assert first.pool("primary") == first.pool("kindergarten") == ()
    assert catalogue.load(session) is first
    sync_bank(session, now=NOW, items=[an_item("law-9001", "新的问法？")])
    second = catalogue.load(session)
    assert second is not first
    assert [(entry.item_id, entry.version) for entry in second.pool("senior")] == [("law-9001", 2)]


def test_the_catalogue_gives_every_version_ever_published(session: Session) -> None:
    sync_bank(session, now=NOW, items=[an_item()])
    sync_bank(session, now=NOW, items=[an_item(stem="新的问法？")])
    catalogue.clear()
    found = catalogue.load(session)
    assert found.get(session, "law-9001", 1) == an_item()
    assert found.get(session, "law-9001", 2).stem == "新的问法？"
    assert found.get(session, "law-9001", 1) is found.get(session, "law-9001", 1)
    with pytest.raises(NotFoundError):
        found.get(session, "law-9001", 3)
