"""Teams are honoured by quota, cut-off or decision; their certificates name the members, the public page masks them."""

from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from quiz import clock
from quiz.accounts.models import User
from quiz.awards import queries
from quiz.awards.models import Award, AwardDraft
from quiz.awards.printing import printed
from quiz.awards.rules import Tier, TierKind, TierWay
from quiz.awards.services import drafts
from quiz.awards.services import tiers as tiering
from quiz.contests.models import Contest
from quiz.contests.teams.models import Team
from quiz.contests.teams.rules import StageUnit
from quiz.db import db
from quiz.errors import DomainError
from quiz.jobs.worker import run_due_jobs
from quiz.promotion.rules import DecisionKind
from quiz.promotion.services import decide
from tests.factories.contests import actor_of
from tests.factories.teams import arena, register, sat
from tests.integration.awards.scene import SETTINGS
from tests.pages import page, post, text_of

TIERS = (
    Tier(0, "团体一等奖", TierKind.TEAM, None, TierWay.QUOTA, 1),
    Tier(0, "团体二等奖", TierKind.TEAM, None, TierWay.CUTOFF, 7500),
    Tier(0, "组织奖", TierKind.TEAM, None, TierWay.DECISION, None),
)


@pytest.fixture
def scene(app: Any, cast: Any) -> Any:
    """甲一队 averages 100, 甲二队 75, 乙队 37.5 for one member was away; 没来的队 has none."""
    found = arena(app, cast)
    a, b = found.more_a, found.more_b
    with app.app_context():
        contest = db.session.get_one(Contest, found.contest)
        team = register(cast, contest, "甲一队", cast.zhuoma, cast.liming, reserves=(cast.ouyang,))
        team.instructor = "周老师、马海燕"
        register(cast, contest, "甲二队", cast.wangfang, a[0])
        register(cast, contest, "乙队", cast.cairang, b[0])
        register(cast, contest, "没来的队", b[1], b[2])
        db.session.commit()
    sat(
        app,
        found.contest,
        {cast.zhuoma: (4, 60), cast.liming: (4, 60), cast.wangfang: (4, 60), a[0]: (2, 60), cast.cairang: (3, 60)},
    )
    run_due_jobs(app)
    return found


def save(cast: Any, contest: Contest, tiers: Any = TIERS) -> None:
    actor = actor_of(db.session, cast.province)
    tiering.save(db.session, actor=actor, contest=contest, tiers=tiers, settings=SETTINGS, now=clock.now())


def disqualify(cast: Any, contest: Contest, name: str) -> None:
    """A team, by its name."""
    team = db.session.scalars(sa.select(Team).where(Team.name == name)).one()
    decide(db.session, actor=actor_of(db.session, cast.province), contest=contest, user_id=team.id,
           kind=DecisionKind.DISQUALIFIED, reason="替考", now=clock.now())  # fmt: skip


def listed(app: Any, cast: Any, scene: Any) -> AwardDraft:
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        drafts.request(db.session, actor=actor_of(db.session, cast.province), contest=contest, now=clock.now())
        db.session.commit()
    run_due_jobs(app)


def given() -> list[tuple[str, str, int | None, int | None]]:
    return [
        (one.name, one.tier, one.rank, one.value) for one in db.session.scalars(sa.select(Award).order_by(Award.place))
    ]


def test_teams_receive_what_they_reach_and_certificates_name_members(app, cast, sign_in, client, scene):
    with app.app_context():
        save(cast, db.session.get_one(Contest, scene.contest))
        tier = queries.tiers_of(db.session, scene.contest)[2]
        db.session.commit()
        tier_id = tier.id
    asker, other = sign_in(cast.province), sign_in(cast.admin)
    named = f"/awards/{scene.public_id}/tiers/{tier_id}/named"
    soup = page(asker.get(f"{named}?q=没来"))
    who = soup.select_one("input[name=who]")["value"]
    assert "没来的队 · 格尔木市昆仑初级中学" in text_of(soup.main)
    assert (
        post(asker, named, {"who": who, "q": "没来", "reason": "组委会决定"}, via=f"{named}?q=没来").status_code == 303
    )
    assert "没来的队" in text_of(page(asker.get(named)).main)
    listed(app, cast, scene)
    with app.app_context():
        assert given() == [
            ("甲一队", "团体一等奖", 1, 10000),
            ("甲二队", "团体二等奖", 2, 7500),
            ("没来的队", "组织奖", None, None),
        ]
        draft = db.session.scalars(sa.select(AwardDraft)).one()
        path = f"/awards/{scene.public_id}/drafts/{draft.public_id}"
        drafts.confirm(
            db.session,
            actor=actor_of(db.session, cast.admin),
            contest=db.session.get_one(Contest, scene.contest),
            draft=draft,
            now=clock.now(),
        )
        db.session.commit()
        award = db.session.scalars(sa.select(Award).where(Award.name == "甲一队")).one()
        says = printed(award, queries.setting_of(db.session, scene.contest))
        assert (says.members, says.instructor, says.kind) == (("卓玛", "李明"), "周老师、马海燕", "team")
        assert "卓玛" in says.texts() and "欧阳小雪" not in says.texts()
        address = f"/verify/{queries.serial_of(db.session, award)}/{award.check_code}"
        file = f"/certificates/{award.public_id}.pdf"
    for member in (cast.zhuoma, cast.liming):
        own = sign_in(member)
        assert "团体一等奖" in text_of(page(own.get("/")).main)
        soup = page(own.get("/certificates/"))
        assert "你的队：甲一队" in text_of(soup.main) and soup.select_one(f"a[href='{file}']")
        assert own.get(file).data[:4] == b"%PDF"
    assert "还没有证书" in text_of(page(sign_in(cast.ouyang).get("/certificates/")).main)  # a reserve
    for other_pupil in (cast.ouyang, cast.wangfang):  # she is of another team
        assert sign_in(other_pupil).get(file).status_code == 404
    text = text_of(page(client.get(address)).main)
    assert "甲一队" in text and "卓*、李*" in text and "李明" not in text and "团体一等奖" in text
    assert "指导教师 周*师、马*燕" in text and "周老师" not in text
    text = text_of(page(sign_in(cast.school_admin).get(f"/awards/{scene.public_id}")).main)
    assert "甲一队" in text and "没来的队" not in text and other.get(path).status_code in (200, 303)
    listed(app, cast, scene)  # nobody receives it twice
    with app.app_context():
        assert db.session.query(Award).filter(Award.number.is_not(None)).count() == 3
        assert db.session.query(Award).count() == 3


def test_a_disqualified_team_and_its_pupils_receive_nothing(app, cast, scene):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        pupils = Tier(0, "个人奖", TierKind.PUPIL, None, TierWay.QUOTA, 1)
        save(cast, contest, (*TIERS[:1], pupils))
        disqualify(cast, contest, "甲一队")
        db.session.commit()
    listed(app, cast, scene)
    with app.app_context():
        assert given() == [("甲二队", "团体一等奖", 1, 7500), ("王芳", "个人奖", 1, 10000)]


def test_issuing_again_prints_the_members_by_their_present_names(app, cast, sign_in, client, scene):
    with app.app_context():
        save(cast, db.session.get_one(Contest, scene.contest), TIERS[:1])
        db.session.commit()
    listed(app, cast, scene)
    with app.app_context():
        award = db.session.scalars(sa.select(Award)).one()
        draft = db.session.scalars(sa.select(AwardDraft.public_id)).one()
        path = f"/awards/{scene.public_id}/given/{award.public_id}"
    other = sign_in(cast.admin)
    draft_path = f"/awards/{scene.public_id}/drafts/{draft}"
    assert post(other, f"{draft_path}/confirm", via=draft_path).status_code == 303
    with app.app_context():
        db.session.get_one(User, cast.liming).name = "黎明明"
        db.session.commit()
    assert post(sign_in(cast.province), f"{path}/reissue", {"reason": "姓名写错"}, via=path).status_code == 303
    with app.app_context():
        old, new = db.session.scalars(sa.select(Award).order_by(Award.id))
        was, now_is = (printed(one, queries.setting_of(db.session, scene.contest)) for one in (old, new))
        assert (now_is.members, now_is.instructor) == (("卓玛", "黎明明"), "周老师、马海燕")
        assert was.members == ("卓玛", "李明")  # what was printed stays as it was
        assert (new.reason["way"], new.reason["amount"]) == (old.reason["way"], old.reason["amount"])
        file = f"/certificates/{new.public_id}.pdf"
        addresses = [f"/verify/{queries.serial_of(db.session, one)}/{one.check_code}" for one in (old, new)]
    assert sign_in(cast.liming).get(file).data[:4] == b"%PDF"
    shown = [text_of(page(client.get(one)).main) for one in addresses]
    assert "卓*、李*" in shown[0] and "卓*、黎*明" in shown[1]


def test_a_team_that_tied_with_a_disqualified_one_does_not_pass_a_better_one(app, cast, scene):
    """甲二队 and 乙队 share the second rank; with one of them out, 甲一队 stays first."""
    sat(app, scene.contest, {scene.more_b[0]: (3, 60)})
    run_due_jobs(app)
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        save(cast, contest, (TIERS[0], Tier(0, "团体二等奖", TierKind.TEAM, None, TierWay.QUOTA, 2)))
        disqualify(cast, contest, "甲二队")
        db.session.commit()
    listed(app, cast, scene)
    with app.app_context():
        assert given() == [("甲一队", "团体一等奖", 1, 10000), ("乙队", "团体二等奖", 2, 7500)]
        assert not db.session.scalars(sa.select(Award.is_tied).where(Award.name == "乙队")).one()


def test_a_team_that_is_named_and_disqualified_receives_nothing_and_the_list_says_so(app, cast, sign_in, scene):
    with app.app_context():
        contest, actor = db.session.get_one(Contest, scene.contest), actor_of(db.session, cast.province)
        save(cast, contest, (TIERS[0], TIERS[2]))
        team = db.session.scalars(sa.select(Team).where(Team.name == "乙队")).one()
        tier = queries.tiers_of(db.session, scene.contest)[1]
        tiering.nominate(db.session, actor=actor, contest=contest, tier=tier, public_id=team.public_id,
                         reason="组委会决定", now=clock.now())  # fmt: skip
        decide(db.session, actor=actor, contest=contest, user_id=team.id, kind=DecisionKind.DISQUALIFIED,
               reason="替考", now=clock.now())  # fmt: skip
        db.session.commit()
    listed(app, cast, scene)
    with app.app_context():
        assert given() == [("甲一队", "团体一等奖", 1, 10000)]
        path = f"/awards/{scene.public_id}/drafts/{db.session.scalars(sa.select(AwardDraft)).one().public_id}"
    text = text_of(page(sign_in(cast.admin).get(path)).main)
    assert "指定的人里有取消资格的" in text and "乙队 · 格尔木市昆仑初级中学" in text


def test_the_usual_tiers_of_a_stage_by_teams_honour_teams(app, cast, sign_in, scene):
    client, address = sign_in(cast.province), f"/awards/{scene.public_id}/tiers"
    assert post(client, f"{address}/preset", via=f"/awards/{scene.public_id}").status_code == 303
    with app.app_context():
        kinds = [tier.kind for tier in queries.tiers_of(db.session, scene.contest)]
        assert kinds == [TierKind.TEAM] * 4 + [TierKind.SCHOOL]
    soup: BeautifulSoup = page(client.get(address))
    assert soup.select_one("option[value=team]") is not None


def test_a_stage_of_pupils_honours_no_teams(app, cast, sign_in, scene):
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        contest.unit = StageUnit.PUPIL
        db.session.flush()
        with pytest.raises(DomainError, match="不按队比"):
            save(cast, contest)
        save(cast, contest, ())
        db.session.commit()
    soup = page(sign_in(cast.province).get(f"/awards/{scene.public_id}/tiers"))
    assert soup.select_one("option[value=team]") is None


def issue(app: Any, cast: Any, scene: Any) -> None:
    """A list for one person, and another one's word."""
    listed(app, cast, scene)
    with app.app_context():
        contest = db.session.get_one(Contest, scene.contest)
        draft = queries.open_draft(db.session, contest.id)
        assert draft is not None
        drafts.confirm(
            db.session, actor=actor_of(db.session, cast.admin), contest=contest, draft=draft, now=clock.now()
        )
        db.session.commit()


def test_a_second_team_of_a_school_is_honoured_by_a_later_list(app, cast, scene):
    with app.app_context():
        save(cast, db.session.get_one(Contest, scene.contest), TIERS[:1])
        db.session.commit()
    issue(app, cast, scene)
    with app.app_context():
        first = queries.tiers_of(db.session, scene.contest)[0]
        tiers = (
            Tier(first.id, *[getattr(TIERS[0], name) for name in ("name", "kind", "group", "way", "amount")]),
            TIERS[1],
        )
        save(cast, db.session.get_one(Contest, scene.contest), tiers)
        db.session.commit()
    issue(app, cast, scene)
    with app.app_context():
        numbers = sa.select(Award.name, Award.number).order_by(Award.number)
        assert db.session.execute(numbers).all() == [("甲一队", 1), ("甲二队", 2)]


def test_a_team_s_certificate_is_for_those_who_may_know_all_its_members(app, cast, sign_in, scene):
    with app.app_context():
        save(cast, db.session.get_one(Contest, scene.contest), TIERS[:1])
        db.session.commit()
    issue(app, cast, scene)
    with app.app_context():
        award = db.session.scalars(sa.select(Award)).one()
        path, index = f"/awards/{scene.public_id}/given/{award.public_id}/certificate.pdf", f"/awards/{scene.public_id}"
    for who, may in (
        ("school_admin", True),
        ("county", False),
        ("prefecture", False),
        ("province", True),
    ):
        client = sign_in(vars(cast)[who])
        assert post(client, path, via="/").status_code == (200 if may else 404), who
        shown = page(client.get(index))
        assert bool(shown.select(f"form[action='{path}']")) == (may and who != "province"), who
