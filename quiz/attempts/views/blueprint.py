"""The blueprint of a pupil's own attempts."""

from flask import Blueprint

bp = Blueprint("attempts", __name__, url_prefix="/attempts")
