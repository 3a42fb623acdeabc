"""The blueprint of the boards; paths are written out because the public board has an address of its own."""

from flask import Blueprint as FlaskBlueprint

bp = FlaskBlueprint("rankings", __name__)
