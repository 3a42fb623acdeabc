"""The words of a contest as both the wizard and the later correction ask for them: theme and organisers by role."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from quiz.contests.labels import ORGANISERS
from quiz.contests.models import Contest
from quiz.contests.organisers import OrganiserRole, Organisers
from quiz.web.forms import BaseForm

_HOST, _UNDERTAKING, _SUPPORTING = (ORGANISERS[role] for role in OrganiserRole)


class WordingForm(BaseForm):
    """One organisation a line, in the order in which they are named."""

    theme = StringField(_l("主题"))
    organisers_host = TextAreaField(_HOST, render_kw={"rows": 3})
    organisers_undertaking = TextAreaField(_UNDERTAKING, render_kw={"rows": 2})
    organisers_supporting = TextAreaField(_SUPPORTING, render_kw={"rows": 2})

    def organisers(self) -> Organisers:
        """What was typed, by role."""
        return Organisers.from_lines(
            **{role.value: self[f"organisers_{role.value}"].data or "" for role in OrganiserRole}
        )


def words_of(contest: Contest) -> dict[str, Any]:
    """A contest's words as WordingForm shows them."""
    stored = Organisers.from_dict(contest.organisers)
    lines = {f"organisers_{role.value}": "\n".join(stored.of(role)) for role in OrganiserRole}
    return {"theme": contest.theme, "notice": contest.notice, **lines}
