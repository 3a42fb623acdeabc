"""The wizard's third step: how answers right in part are marked, and whether time decides between equal scores."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from question_bank.kinds import kind_of
from quiz import clock
from quiz.attempts import queries
from quiz.attempts.models import Attempt
from quiz.contests import services
from quiz.contests.models import Contest
from quiz.contests.rules import Basics, ContestGroupKind, parse_place
from quiz.db import db
from tests.cast import Cast
from tests.factories.contests import actor_of
from tests.pages import csrf_of, page, post, text_of

SignIn = Callable[[int], FlaskClient]
ROW = {
    "rows-0-kinds": "multiple", "rows-0-count": "4", "rows-0-points": "25", "rows-0-difficulty_min": "1",
    "rows-0-difficulty_max": "5",
}  # fmt: skip


def draft(app: Flask, cast: Cast) -> str:
    host = parse_place(f"class:{cast.class_a1}")
    basics = Basics("national_pattern", "班会小测", host, (host,), (ContestGroupKind.JUNIOR,))
    with app.app_context():
        actor = actor_of(db.session, cast.teacher)
        contest = services.create_contest(db.session, actor=actor, basics=basics, now=clock.now())
        for group in contest.groups:
            group.sitting.opens_at = clock.now()
        db.session.commit()
        return contest.public_id


def publish(app: Flask, cast: Cast, sign_in: SignIn, **data: str) -> str:
    public_id, client = draft(app, cast), sign_in(cast.teacher)
    reply = post(
        client, f"/desk/contests/{public_id}/paper", {**ROW, "ranking_profile": "average", "do": "publish", **data}
    )
    assert reply.status_code == 303, text_of(page(reply, 422).select_one(".error-summary"))
    return public_id


def facts(client: FlaskClient, public_id: str) -> str:
    return text_of(page(client.get(f"/contests/{public_id}")).select_one("main"))


def test_a_pupil_reads_the_rules_that_the_teacher_chose(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    strict = publish(app, cast, sign_in)
    mild = publish(app, cast, sign_in, **{"rows-0-marking": "partial", "shares_equal_scores": "y"})
    client = sign_in(cast.zhuoma)
    assert "全部答对才得分" in facts(client, strict) and "先比得分，再比用时" in facts(client, strict)
    assert "答对一部分得一部分分" in facts(client, mild) and "不比用时" in facts(client, mild)
    again = page(sign_in(cast.teacher).get(f"/desk/contests/{mild}/paper"))
    assert again.select_one("[name=shares_equal_scores]").has_attr("checked")
    assert again.select_one("[name='rows-0-marking'] option[selected]")["value"] == "partial"


def test_an_incomplete_pick_earns_its_share_of_a_real_paper(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    public_id, client = publish(app, cast, sign_in, **{"rows-0-marking": "partial"}), sign_in(cast.zhuoma)
    path = post(client, f"/contests/{public_id}/start", via=f"/contests/{public_id}").location
    with app.app_context():
        attempt = db.session.query(Attempt).filter_by(user_id=cast.zhuoma).one()
        assert all(entry["partial"] is True for entry in attempt.paper)
        items = [queries.item_at(db.session, entry) for entry in attempt.paper]
        answers = [list(kind_of(item).right_response(item)) for item in items]
    token = {"X-CSRFToken": csrf_of(client, path)}
    for position, answer in enumerate(answers, start=1):
        given = {"seq": position, "position": position, "choices": answer[:-1] if position == 1 else answer}
        assert client.post(f"{path}/answers", json=given, headers=token).status_code == 200
    post(client, f"{path}/submit", via=f"{path}/confirm")
    share = (len(answers[0]) - 1) / len(answers[0])
    with app.app_context():
        score = db.session.query(Attempt.score).filter_by(user_id=cast.zhuoma).scalar()
        assert score == round(10000 * (3 + share) / 4)


def test_holding_a_contest_again_keeps_both_choices(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    from quiz.contests.stages import copied

    public_id = publish(app, cast, sign_in, **{"rows-0-marking": "partial", "shares_equal_scores": "y"})
    with app.app_context():
        contest = db.session.query(Contest).filter_by(public_id=public_id).one()
        actor = actor_of(db.session, cast.teacher)
        again = copied(db.session, contest, title="明年", opens_at=clock.now(), actor=actor, now=clock.now())
        assert again.groups[0].sitting.compares_time is False
        assert again.groups[0].sitting.paper_spec.rows[0]["partial"] is True
