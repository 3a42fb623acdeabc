"""The WSGI entry point: ``granian --interface wsgi wsgi:app``. WARM=1 (as quiz.serve sets it) reads the bank ahead."""

import os

from quiz.app import create_app
from quiz.attempts.lane import warm

app = create_app()
if os.environ.get("WARM") == "1":
    warm(app)
