"""The blueprint of the desk: one for all its pages, so that the navigation shows where one is."""

from flask import Blueprint as FlaskBlueprint

bp = FlaskBlueprint("desk", __name__, url_prefix="/desk/contests")
