"""The blueprint of awards; paths are written out because certificates and their verification have addresses of their own."""

from flask import Blueprint as FlaskBlueprint

bp = FlaskBlueprint("awards", __name__)
