"""The bank's commands."""

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from question_bank.problem import Problem
from quiz.audit.models import AuditEntry
from quiz.db import db
from quiz.items.models import Item, ItemStatus


def test_check_and_stats_speak_of_the_content(app: Flask) -> None:
    runner = app.test_cli_runner()
    checked = runner.invoke(args=["bank", "check", "--json"])
    assert "problems" in json.loads(checked.stdout)
    stats = runner.invoke(args=["bank", "stats", "--json"])
    assert stats.exit_code == 0
    assert json.loads(stats.stdout)["total"] > 100
    assert runner.invoke(args=["bank", "stats"]).stdout.startswith("共 ")


def test_sync_publishes_and_leaves_a_trace(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quiz.items.cli.read_bank", lambda: ([], []))
    monkeypatch.setattr("quiz.items.cli.check_bank", lambda items: [])
    result = app.test_cli_runner().invoke(args=["bank", "sync"])
    assert result.exit_code == 0
    assert "停用" in result.stdout
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Item.status == ItemStatus.PUBLISHED)) == 0
        assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["item:bank:sync"]


def test_sync_refuses_a_bank_with_problems(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quiz.items.cli.read_bank", lambda: ([], [Problem("item", "缺少字段：stem。请补上。")]))
    result = app.test_cli_runner().invoke(args=["bank", "sync"])
    assert result.exit_code == 1
    assert "没有写入任何内容" in result.stderr
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Item.status == ItemStatus.PUBLISHED)) > 100
