"""A pupil who walks through practice as a browser without script."""

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from question_bank.model import Item as BankItem
from quiz.db import db
from quiz.items import catalogue
from quiz.practice.models import PracticeRun
from tests.factories.responses import right_choices, wrong_choices
from tests.pages import page, post

__all__ = ["Walker", "right_choices", "wrong_choices"]


class Walker:
    """One pupil's browser; knows the bank so that it can answer right or wrong on purpose."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app = app
        self.client = client

    def start(self, source: str = "topic", topic: str = "") -> str:
        """Start a run; returns the address of its first open question."""
        sent = post(self.client, "/practice/runs", {"source": source, "topic": topic}, via="/practice/")
        assert sent.status_code == 303, sent.text[:300]
        response = self.client.get(sent.location, follow_redirects=True)
        page(response)
        return response.request.path

    def get(self, path: str) -> BeautifulSoup:
        return page(self.client.get(path))

    def content(self, path: str) -> BankItem:
        """The item behind a question's address."""
        found = re.fullmatch(r"/practice/runs/([^/]+)/(\d+)", path)
        assert found, path
        with self.app.app_context():
            run = db.session.query(PracticeRun).filter_by(public_id=found[1]).one()
            entry = run.items[int(found[2]) - 1]
            return catalogue.load(db.session).get(db.session, entry["item_id"], entry["version"])

    def answer(self, path: str, choices: Iterable[str]) -> BeautifulSoup:
        """Answer a question and return the feedback page."""
        response = post(self.client, path, {"choices": list(choices)})
        assert response.status_code == 303, response.text[:300]
        return self.get(response.location)

    def next(self, path: str) -> str:
        """Follow the run to its next page."""
        response = self.client.get(path.rsplit("/", 1)[0], follow_redirects=True)
        page(response)
        return response.request.path

    def walk(self, path: str, is_right: bool) -> str:
        """Answer all open questions of a run right or wrong; returns the address of the summary."""
        while not path.endswith("/summary"):
            item = self.content(path)
            self.answer(path, right_choices(item) if is_right else wrong_choices(item))
            path = self.next(path)
        return path
