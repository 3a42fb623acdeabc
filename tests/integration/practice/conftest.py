"""Fixtures of the practice tests."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.integration.practice.walker import Walker


@pytest.fixture
def walker(app: Flask, cast: Cast, sign_in: Callable[[int], FlaskClient]) -> Walker:
    """卓玛, 初二, signed in."""
    return Walker(app, sign_in(cast.zhuoma))
