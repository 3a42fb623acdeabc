"""What consent to a full name in public means, pure: the text agreed to, the states, and whose word counts.

The history of a pupil is a list of rows that only grows; the newest one counts. Without a consent that counts every
public place shows the masked name.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quiz.accounts.rules import mask_name
from quiz.errors import msgid


class ConsentState(StrEnum):
    """What a row of the history says."""

    AGREED = "agreed"  # pupil and guardian, both
    REFUSED = "refused"  # at least one of them
    UNANSWERED = "unanswered"  # an answer entered by mistake was taken back; also where there is no row
    WITHDRAWN = "withdrawn"


class ConsentChannel(StrEnum):
    """How an answer came."""

    ROSTER = "roster"  # a column of an imported roster
    FORM = "form"  # a printed form, entered by staff
    REQUEST = "request"  # staff withdrew it, asked by the pupil or the guardian
    PUPIL = "pupil"  # withdrawn by the pupil, on the own page


#: The texts that pupils and guardians were asked to agree to, by version. A version that forms were printed with never
#: changes (a test holds it); whatever is published more, or to more people, needs a new one.
TEXTS: dict[str, tuple[str, ...]] = {
    "1": (
        msgid("平时，公开榜和排行榜上只显示遮去一部分的姓名，例如“张*三”。学生本人和监护人都同意，才会显示全名。"),
        msgid(
            "公开什么：公开榜上是姓名、县区、学校类型、成绩、用时和名次；参赛学生登录后看到的排行榜上，还有学校名称；证书核验页和抽奖公示上，是姓名、学校、奖项或奖品。不公开班级、学号和联系方式。"
        ),
        msgid(
            "谁能看到：公开榜谁都能打开，比赛结束、成绩公布以后才有，最多公示 30 天，只列出前一半、最多 100 人，并要求搜索引擎不收录。核验页只有拿着证书的人打得开；抽奖公示谁都能打开。"
        ),
        msgid("自愿：同意不同意，都不影响参赛、成绩、名次和证书。没有交回，就当作不同意。"),
        msgid("随时可以撤回：学生在“我的”页面点一下，或者告诉老师，马上改回遮名。撤回以前已经公示的，不受影响。"),
        msgid("平台记下同意或不同意、时间、登记人和这份说明的版本；这张纸由学校保管。"),
    ),
}
CURRENT_TEXT = "1"
#: The texts that cover what is published today. A version leaves this set when more is published than it says.
COVERING_TEXTS = frozenset({"1"})


@dataclass(frozen=True)
class CurrentConsent:
    """The newest row of a pupil's history. ``row_id`` is 0 without any."""

    row_id: int = 0
    state: ConsentState = ConsentState.UNANSWERED
    channel: ConsentChannel | None = None
    text_version: str = CURRENT_TEXT
    recorded_at: datetime | None = None

    @property
    def is_publishable(self) -> bool:
        """Whether the full name may be shown in public."""
        return self.state is ConsentState.AGREED and self.text_version in COVERING_TEXTS

    @property
    def is_outdated(self) -> bool:
        """Whether they agreed to a text that no longer covers what is published: they must be asked again."""
        return self.state is ConsentState.AGREED and self.text_version not in COVERING_TEXTS


NO_ANSWER = CurrentConsent()


def public_name(name: str, is_publishable: bool) -> str:
    """A pupil's name as every public place shows it."""
    return name.strip() if is_publishable else mask_name(name)


def state_of(pupil_agrees: bool, guardian_agrees: bool) -> ConsentState:
    """What the two answers of a form say together."""
    return ConsentState.AGREED if pupil_agrees and guardian_agrees else ConsentState.REFUSED


def roster_may_say(current: CurrentConsent, is_yes: bool) -> bool:
    """Whether a roster's word may be taken. An old file must not bring back what people have taken back.

    “No” always may. “Yes” may not after a withdrawal, nor after a refusal that did not itself come from a roster.
    """
    if not is_yes or current.state in (ConsentState.UNANSWERED, ConsentState.AGREED):
        return True
    return current.state is ConsentState.REFUSED and current.channel is ConsentChannel.ROSTER


def roster_changes(current: CurrentConsent, is_yes: bool) -> bool:
    """Whether a roster's word would say anything new."""
    if is_yes:
        return not current.is_publishable
    return current.state not in (ConsentState.REFUSED, ConsentState.WITHDRAWN)
