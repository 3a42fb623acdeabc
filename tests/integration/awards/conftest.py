"""Awards of one finished contest."""

import pytest
from flask import Flask

from tests.cast import Cast
from tests.integration.awards.scene import Scene, make_scene


@pytest.fixture(autouse=True)
def _fresh_limit(app: Flask) -> None:
    app.extensions["verification_limit"].clear()


@pytest.fixture
def scene(app: Flask, cast: Cast) -> Scene:
    """Tiers are set, nothing is computed."""
    found = make_scene(app, cast)
    found.set_tiers()
    return found


@pytest.fixture
def issued(scene: Scene) -> Scene:
    """Everything is issued."""
    scene.issue()
    return scene
