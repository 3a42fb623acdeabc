"""Adults have boards of their own: what schools, kinds of school and regions show is not moved by a single one of them."""

import sqlalchemy as sa

from quiz import clock
from quiz.accounts.services import create_pupil
from quiz.db import db
from quiz.rankings.models import UnitStanding
from quiz.rankings.rules import ALL
from quiz.rankings.services import fold, rebuild
from quiz.regions.models import SchoolClass
from tests.factories.adults import adults_contest, make_unit
from tests.factories.contests import make_contest, take
from tests.pages import page, text_of


def somebody(school_id, class_id, number):
    user = create_pupil(
        db.session, name=f"成员{number}", student_number=f"X{number}", school_id=school_id, class_id=class_id,
        gender=None, now=clock.now(),
    )  # fmt: skip
    return user.id


def standings():
    rows = db.session.scalars(sa.select(UnitStanding).order_by(UnitStanding.category, UnitStanding.unit_id))
    return {(row.category, row.level, row.unit_id): (row.pupils, row.index, row.figures) for row in rows}


def test_neither_a_rebuild_nor_a_tally_counts_adults_among_schools(app, cast):
    groups = ("junior", "public_servant", "parent")
    with app.app_context():
        now = clock.now()
        unit = make_unit(db.session, by=cast.county, now=now)
        department = db.session.scalars(sa.select(SchoolClass.id).where(SchoolClass.school_id == unit.id)).first()
        parents = SchoolClass(school_id=cast.school_a, cohort_year=0, entry_grade=0, name="家长")
        db.session.add(parents)
        contest = make_contest(db.session, host="region:630103", by=cast.county, now=now, groups=groups)
        take(db.session, contest, cast.zhuoma, right=3, now=now)
        rebuild(db.session, contest_id=contest.id, now=now)
        before = {key: value for key, value in standings().items() if key[0] not in groups[1:]}
        adults = [somebody(unit.id, department, 1), somebody(cast.school_a, parents.id, 2)]
        for adult in adults:
            take(db.session, contest, adult, right=0, now=now)
        db.session.commit()
        fold(db.session, contest_id=contest.id, now=clock.now())
        db.session.commit()
        folded = standings()
        assert {key: value for key, value in folded.items() if key[0] not in groups[1:]} == before
        assert folded["public_servant", "school", str(unit.id)][0] == 1
        assert folded["parent", "school", str(cast.school_a)][0] == 1
        assert (ALL, "school", str(unit.id)) not in folded and ("机关单位", "school", str(unit.id)) not in folded
        rebuild(db.session, contest_id=contest.id, now=clock.now())
        assert {key: value[:2] for key, value in standings().items()} == {k: v[:2] for k, v in folded.items()}


def test_in_a_contest_of_adults_all_means_all_of_them(app, cast, sign_in):
    with app.app_context():
        now = clock.now()
        unit = make_unit(db.session, by=cast.county, now=now)
        department = db.session.scalars(sa.select(SchoolClass.id).where(SchoolClass.school_id == unit.id)).first()
        contest = adults_contest(db.session, by=cast.county, now=now, groups=("public_servant", "community"))
        for number in range(5):
            take(db.session, contest, somebody(unit.id, department, number), right=4, now=now)
        rebuild(db.session, contest_id=contest.id, now=now)
        db.session.commit()
        public_id = contest.public_id
    soup = page(sign_in(cast.county).get(f"/rankings/{public_id}/manage?level=school"))
    text = text_of(soup.main)
    assert "城中区政务服务中心" in text and "单位" in text and "清源实验学校" not in text


def test_a_mixed_contest_says_that_all_are_the_schools(app, cast, sign_in):
    with app.app_context():
        now = clock.now()
        make_unit(db.session, by=cast.county, now=now)
        contest = make_contest(
            db.session, host="region:630103", by=cast.county, now=now, groups=("junior", "public_servant")
        )
        take(db.session, contest, cast.zhuoma, right=3, now=now)
        rebuild(db.session, contest_id=contest.id, now=now)
        db.session.commit()
        public_id = contest.public_id
    soup = page(sign_in(cast.county).get(f"/rankings/{public_id}/manage?level=school"))
    text = text_of(soup.main)
    assert "全部学校" in text and "公职人员组" in text and "城中区政务服务中心" not in text
