"""The landing page of each role, and a pupil's own page."""

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint as FlaskBlueprint
from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from quiz import clock
from quiz.accounts.publication import queries as publication
from quiz.accounts.publication.rules import public_name
from quiz.awards.queries import awards_of
from quiz.contests import labels
from quiz.contests.queries import PupilContest, contests_for_pupil, contests_managed
from quiz.contests.rules import ContestState
from quiz.contests.teams.registering import registration_of
from quiz.db import db
from quiz.home import queries
from quiz.practice.queries import today as practice_today
from quiz.publicity.queries import open_pages
from quiz.rankings.queries import public_boards
from quiz.web.access import public, pupil_only
from quiz.web.navigation import NavItem

bp = FlaskBlueprint("home", __name__)
blueprints = [bp]
SOON = timedelta(hours=12)  # what closes within it says how long is left
NAVIGATION = [
    NavItem(_l("今天"), "home.index", "home", "pupil", "pupil", 0),
    NavItem(_l("我的"), "home.mine", "user", "pupil", "pupil", 90, covers=("awards",)),
    NavItem(_l("总览"), "home.index", "home", "staff", "staff", 0),
]


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Visitors read what this is, pupils see today, staff see what runs."""
    if not current_user.is_authenticated:
        now = clock.now()
        return render_template(
            "home/public.html", boards=public_boards(db.session, now, most=3), pages=open_pages(db.session, now, most=5),
            labels=labels,
        )  # fmt: skip
    return _pupil() if current_user.is_pupil else _staff()


def _pupil() -> str:
    now = clock.now()
    contests = contests_for_pupil(db.session, current_user, now)
    return render_template(
        "home/today.html",
        open_contests=_soonest_first(
            row for row in contests if row.phase == "open" and (row.open_attempt or row.attempts_left)
        ),
        soon=now + SOON,
        coming=[row for row in contests if row.phase == "before"],
        practice=practice_today(db.session, user_id=current_user.user_id, now=now),
        results=queries.results_of(db.session, user_id=current_user.user_id, now=now, limit=3),
        awards=awards_of(db.session, current_user.user_id, now, limit=3),
    )


def _soonest_first(rows: Iterable[PupilContest]) -> list[PupilContest]:
    """A paper that is begun first, then what closes soonest: a class quiz ends in minutes, a province's contest in weeks."""
    return sorted(rows, key=lambda row: (not row.open_attempt, row.sitting.closes_at))


def _staff() -> str:
    now = clock.now()
    contests = []
    if current_user.can("contests.view"):
        contests = contests_managed(db.session, current_user.scope("contests.view"), now)
    coming = [row for row in contests if row.state is ContestState.ANNOUNCED]
    found = [(row, registration_of(db.session, row.contest, current_user, now)) for row in coming]
    registrations = {row.contest.id: one for row, one in found if one and one.is_of_school and not one.registered}
    return render_template(
        "home/staff.html",
        running=[row for row in contests if row.state is ContestState.RUNNING],
        coming=coming,
        registrations=registrations,
        drafts=[row for row in contests if row.state is ContestState.DRAFT],
        finished=[row for row in contests if row.state is ContestState.FINISHED][:5],
    )


@bp.get("/me")
@pupil_only
def mine() -> ResponseReturnValue:
    """A pupil's results and where they belong."""
    now = clock.now()
    return render_template(
        "home/mine.html",
        place=queries.place_of(db.session, user_id=current_user.user_id, now=now),
        results=queries.results_of(db.session, user_id=current_user.user_id, now=now),
        awards=awards_of(db.session, current_user.user_id, now, limit=3),
        consent=publication.current(db.session, current_user.user_id),
        public_name=public_name,
    )
