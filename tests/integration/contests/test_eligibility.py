"""Which pupils of the cast may enter which contest."""

import pytest

from quiz import clock
from quiz.accounts.models import Enrolment, User, UserKind
from quiz.contests.eligibility import eligible_counts, eligible_enrolments
from quiz.contests.queries import contest_for_pupil
from quiz.db import db
from quiz.errors import NotFoundError
from quiz.rankings.gathering import gather
from quiz.regions.models import SchoolClass
from quiz.regions.rules import Scope, school_year
from tests.factories.contests import actor_of, make_contest

A1 = {"zhuoma", "liming", "ouyang"}
TABLE = [
    ("province", "region:630000", [], ["primary", "junior"], A1 | {"wangfang", "xiaohu", "cairang"}),
    ("province", "region:630000", [], ["junior"], A1 | {"wangfang", "cairang"}),
    ("province", "region:630000", ["region:630100"], ["junior"], A1 | {"wangfang"}),
    ("province", "region:630000", ["region:632801"], ["junior"], {"cairang"}),
    ("county", "region:630103", [], ["primary"], {"xiaohu"}),
    ("county", "region:630103", [], ["senior", "vocational"], set()),
    ("school_admin", "school:{school_a}", [], ["junior"], A1 | {"wangfang"}),
    ("school_admin", "school:{school_a}", ["class:{class_a2}"], ["junior"], {"wangfang"}),
    ("teacher", "class:{class_a1}", [], ["junior"], A1),
    ("teacher", "class:{class_a1}", [], ["primary"], set()),
]
PUPILS = ["zhuoma", "liming", "ouyang", "wangfang", "xiaohu", "cairang"]


@pytest.mark.parametrize(("by", "host", "places", "groups", "expected"), TABLE)
def test_places_and_groups_decide(app, cast, by, host, places, groups, expected):
    ids = vars(cast)
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=host.format(**ids), by=ids[by], now=now, groups=groups,
            places=[place.format(**ids) for place in places],
        )  # fmt: skip
        found = {row.user_id for row in db.session.execute(eligible_enrolments(contest))}
        assert found == {ids[name] for name in expected}
        assert sum(eligible_counts(db.session, contest).values()) == len(expected)
        for name in PUPILS:
            actor = actor_of(db.session, ids[name])
            if name in expected:
                assert contest_for_pupil(db.session, actor, contest.public_id, now).contest.id == contest.id
            else:
                with pytest.raises(NotFoundError):
                    contest_for_pupil(db.session, actor, contest.public_id, now)


def test_a_viewer_s_scope_narrows_the_rows(app, cast):
    with app.app_context():
        contest = make_contest(db.session, host="region:630000", by=cast.province, now=clock.now())
        within = Scope(classes=frozenset({cast.class_a2}))
        rows = db.session.execute(eligible_enrolments(contest, within)).all()
        assert [(row.user_id, row.group) for row in rows] == [(cast.wangfang, "junior")]


def test_a_class_that_has_left_takes_no_part(app, cast):
    with app.app_context():
        db.session.get_one(SchoolClass, cast.class_a1).cohort_year -= 2  # would be grade 10 of a nine-year school
        db.session.flush()
        contest = make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now())
        found = {row.user_id for row in db.session.execute(eligible_enrolments(contest))}
        assert found == {cast.wangfang}


def test_next_year_s_first_form_competes_in_no_group_least_of_all_as_parents(app, cast):
    """A contest that opened before the turn of the school year and still runs when the new classes are entered."""
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, groups=("junior", "parent")
        )
        year = school_year(contest.groups[0].sitting.opens_at) + 1
        one = SchoolClass(school_id=cast.school_a, cohort_year=year, entry_grade=1, name="1班")
        child = User(kind=UserKind.PUPIL, name="索南", created_at=now)
        db.session.add_all([one, child])
        db.session.flush()
        db.session.add(
            Enrolment(
                user_id=child.id, school_id=cast.school_a, class_id=one.id, student_number="20260101", started_at=now
            )
        )  # fmt: skip
        db.session.flush()
        assert child.id not in {row.user_id for row in db.session.execute(eligible_enrolments(contest))}
        assert one.id not in {facts.id for facts in gather(db.session, contest).classes}
        with pytest.raises(NotFoundError):
            contest_for_pupil(db.session, actor_of(db.session, child.id), contest.public_id, now)


def test_a_draft_is_nobody_s_contest_yet(app, cast):
    with app.app_context():
        now = clock.now()
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now, is_published=False
        )
        with pytest.raises(NotFoundError):
            contest_for_pupil(db.session, actor_of(db.session, cast.zhuoma), contest.public_id, now)


def test_who_has_left_or_is_shut_out_takes_no_part(app, cast):
    with app.app_context():
        now = clock.now()
        db.session.query(Enrolment).filter_by(user_id=cast.zhuoma).one().ended_at = now
        db.session.get_one(User, cast.liming).is_active = False
        db.session.flush()
        contest = make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now)
        assert {row.user_id for row in db.session.execute(eligible_enrolments(contest))} == {cast.ouyang}
