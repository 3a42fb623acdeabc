"""The blueprint of operations."""

from flask import Blueprint as FlaskBlueprint

bp = FlaskBlueprint("operations", __name__)
