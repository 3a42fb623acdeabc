"""Who may hold a contest where, and who sees which contest."""

import pytest

from quiz import clock
from quiz.contests.queries import contests_managed, get_managed, get_visible
from quiz.db import db
from quiz.errors import NotFoundError
from tests.factories.contests import actor_of, make_contest

MAY_HOST = [
    ("teacher", "class:{class_a1}", True),
    ("teacher", "class:{class_a2}", False),
    ("teacher", "school:{school_a}", False),
    ("teacher", "region:630103", False),
    ("school_admin", "school:{school_a}", True),
    ("school_admin", "class:{class_a2}", True),
    ("school_admin", "school:{school_b}", False),
    ("school_admin", "class:{class_b1}", False),
    ("school_admin", "region:630103", False),
    ("county", "region:630103", True),
    ("county", "region:630104", False),
    ("county", "region:630100", False),
    ("county", "school:{school_a}", True),
    ("county", "school:{school_b}", False),
    ("prefecture", "region:630103", True),
    ("prefecture", "region:632800", False),
    ("prefecture", "region:630000", False),
    ("province", "region:630000", True),
    ("province", "class:{class_b1}", True),
    ("admin", "region:632801", True),
    ("editor", "region:630000", False),
    ("zhuoma", "class:{class_a1}", False),
]


@pytest.mark.parametrize(("who", "host", "may"), MAY_HOST)
def test_host_lies_within_the_own_place(app, cast, who, host, may):
    ids = vars(cast)
    with app.app_context():
        if may:
            assert make_contest(db.session, host=host.format(**ids), by=ids[who], now=clock.now()).id
        else:
            with pytest.raises(NotFoundError):
                make_contest(db.session, host=host.format(**ids), by=ids[who], now=clock.now())


def test_places_must_lie_within_the_own_place_too(app, cast):
    with app.app_context(), pytest.raises(NotFoundError):
        make_contest(
            db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=clock.now(),
            places=[f"class:{cast.class_a1}", f"class:{cast.class_a2}"],
        )  # fmt: skip


# Contest of class A1; of school A; of 城中区; of the province for 海西 only.
SEEN = {
    "admin": ("manage", "manage", "manage", "manage"),
    "province": ("manage", "manage", "manage", "manage"),
    "prefecture": ("manage", "manage", "manage", ""),
    "county": ("manage", "manage", "manage", ""),
    "school_admin": ("manage", "manage", "view", ""),
    "teacher": ("manage", "view", "view", ""),
    "colleague": ("", "view", "view", ""),
    "outsider_teacher": ("", "", "", "view"),
    "editor": ("", "", "", ""),
}


@pytest.mark.parametrize("who", SEEN)
def test_who_manages_and_who_only_looks_on(app, cast, who):
    with app.app_context():
        now = clock.now()
        contests = [
            make_contest(db.session, host=f"class:{cast.class_a1}", by=cast.teacher, now=now),
            make_contest(db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=now),
            make_contest(db.session, host="region:630103", by=cast.county, now=now),
            make_contest(db.session, host="region:630000", by=cast.province, now=now, places=["region:632800"]),
        ]
        actor = actor_of(db.session, vars(cast)[who])
        listed = {
            row.contest.id: row.is_host for row in contests_managed(db.session, actor.scope("contests.view"), now)
        }
        for contest, expected in zip(contests, SEEN[who], strict=True):
            found = ""
            for read, permission, name in (
                (get_visible, "contests.view", "view"), (get_managed, "contests.manage", "manage"),
            ):  # fmt: skip
                try:
                    read(db.session, contest.public_id, actor.scope(permission))
                    found = name
                except NotFoundError:
                    pass
            assert found == expected
            assert listed.get(contest.id) == {"manage": True, "view": False, "": None}[expected]


def test_a_draft_of_others_is_not_seen_by_those_it_will_concern(app, cast):
    with app.app_context():
        contest = make_contest(
            db.session, host=f"school:{cast.school_a}", by=cast.school_admin, now=clock.now(), is_published=False
        )
        with pytest.raises(NotFoundError):
            get_visible(db.session, contest.public_id, actor_of(db.session, cast.teacher).scope("contests.view"))
