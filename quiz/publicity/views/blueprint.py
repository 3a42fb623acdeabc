"""The blueprint of the public pages."""

from flask import Blueprint as FlaskBlueprint

bp = FlaskBlueprint("publicity", __name__)
