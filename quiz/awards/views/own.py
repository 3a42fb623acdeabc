"""“我的证书”: what a pupil (or a teacher) has won, and the certificate as a file."""

from collections.abc import Sequence

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quiz import clock
from quiz.awards import labels, queries
from quiz.awards.certificates import pdf
from quiz.awards.models import Award, AwardSetting
from quiz.awards.printing import printed
from quiz.awards.rules import missing_letters
from quiz.awards.views import common
from quiz.awards.views.blueprint import bp
from quiz.db import db
from quiz.errors import ConflictError
from quiz.web.access import signed_in
from quiz.web.spreadsheets import attachment

PDF_TYPE = "application/pdf"


@bp.get("/certificates/")
@signed_in
def mine() -> ResponseReturnValue:
    found = queries.awards_of(db.session, current_user.user_id, clock.now())
    layout = "layouts/student.html" if current_user.is_pupil else "layouts/staff.html"
    return render_template("awards/mine.html", found=found, labels=labels, layout=layout)


@bp.get("/certificates/<award_id>.pdf")
@signed_in
def own_certificate(award_id: str) -> ResponseReturnValue:
    return certificate_file([queries.own_award(db.session, current_user.user_id, award_id, clock.now())])


def certificate_file(awards: Sequence[Award], name: str = "") -> Response:
    """Certificates of one contest as a PDF. ConflictError where fonts or letters are missing, saying which."""
    fonts = common.fonts()
    if not fonts.is_there:
        raise ConflictError("这台服务器没有中文字体，证书暂时印不出来。请联系管理员。")
    pages = [printed(award, db.session.get_one(AwardSetting, award.contest_id)) for award in awards]
    missing = missing_letters("".join(page.texts() for page in pages), fonts.letters)
    if missing:
        raise ConflictError(
            "字体里没有这些字：%(letters)s。请管理员添加字体后再下载，奖项和编号不受影响。",
            letters=labels.letters(missing),
        )
    data = pdf(pages, fonts)
    label = name or f"{pages[0].serial} {_('证书')}"
    return attachment(data, f"{label}.pdf", PDF_TYPE)
