"""Rules of registering oneself, pure: names, passwords, whether an invitation still admits anybody."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from quiz.accounts.passwords import left_over
from quiz.accounts.roster.columns import check_name
from quiz.accounts.rules import plain
from quiz.errors import DomainError, msgid

MOST_PEOPLE = 2000  # of one invitation
LONGEST_OPEN = timedelta(days=120)
SECRET_MIN, SECRET_MAX = 8, 64
LEFT_OVER_MIN = 5  # characters that must remain of a password once common words, names and runs are taken away
REGISTRATIONS_OF_SOURCE = 100  # within the throttle's window: an office behind one address, not a flood
NUMBER_DIGITS = 6
_LONG_DIGITS = re.compile(r"\d{5,}")  # a telephone or identity number, or the start of one
_FORM_KEY = re.compile(r"[A-Za-z0-9_\-]{16,32}")
_IN_NAMES = frozenset("· -'’")


class LinkState(StrEnum):
    """Whether an invitation admits people, and if not, why."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"  # by hand
    EXPIRED = "expired"


def link_state(*, closed_at: datetime | None, closes_at: datetime, registered: int, most: int, now: datetime
               ) -> LinkState:  # fmt: skip
    """The state at a moment; what was closed by hand stays closed."""
    if closed_at is not None:
        return LinkState.CLOSED
    if now >= closes_at:
        return LinkState.EXPIRED
    return LinkState.FULL if registered >= most else LinkState.OPEN


def refusal(state: LinkState) -> DomainError:
    """What somebody reads who comes with an invitation that admits nobody any more."""
    texts = {
        LinkState.FULL: msgid("登记人数已满。请联系给你链接的人。"),
        LinkState.CLOSED: msgid("登记已经关闭。请联系给你链接的人。"),
        LinkState.EXPIRED: msgid("登记时间已经过了。请联系给你链接的人。"),
    }
    return DomainError(texts[state])


def check_invitation(*, closes_at: datetime, most: int, now: datetime) -> None:
    """Raise DomainError on ``until`` or ``most`` for an invitation that makes no sense."""
    if closes_at <= now:
        raise DomainError("截止日期已经过了，请改成今天或以后。", field="until")
    if closes_at - now > LONGEST_OPEN:
        raise DomainError("登记最多开放 120 天，请提前截止日期。", field="until")
    if not 1 <= most <= MOST_PEOPLE:
        raise DomainError("人数填 1 到 %(most)s。", field="most", most=MOST_PEOPLE)


def checked_name(text: str) -> str:
    """A name as it is kept: the roster's rules, letters only. DomainError on ``name``."""
    text = plain(text)
    if _LONG_DIGITS.search(text.replace(" ", "").replace("-", "")):
        raise DomainError("这里只填姓名。像手机号、证件号的数字，平台不收集，请删掉。", field="name")
    name = check_name(text)
    if not all(char in _IN_NAMES or unicodedata.category(char)[0] in "LM" for char in name):
        raise DomainError("姓名里不能有数字和符号，请只写姓名。", field="name")
    return name


def as_typed(secret: str) -> str:
    """A password as signing in reads it: full-width characters plain, no spaces."""
    return plain(secret).replace(" ", "")


def checked_secret(text: str, *, name: str) -> str:
    """A password in the form that is kept; DomainError on ``secret`` when it is easily guessed."""
    secret = as_typed(text)
    if len(secret) < SECRET_MIN:
        raise DomainError("密码至少 %(minimum)s 个字符，空格不算。", field="secret", minimum=SECRET_MIN)
    if len(secret) > SECRET_MAX:
        raise DomainError("密码最多 %(maximum)s 个字符。", field="secret", maximum=SECRET_MAX)
    if secret.isdigit() or _is_identity_like(secret):
        raise DomainError("密码不要只用数字，也不要用手机号、证件号或生日。请加上字母或汉字。", field="secret")
    if len(left_over(secret, "", name)) < LEFT_OVER_MIN:
        raise DomainError("这个密码太容易被猜到。请不要用常见的词、连续的数字或自己的姓名。", field="secret")
    return secret


def _is_identity_like(secret: str) -> bool:
    return secret[:-1].isdigit() and len(secret) in (15, 18)


def checked_form_key(text: str) -> str:
    """The key that a form was given, by which a second click is known; DomainError without a sound one."""
    if not _FORM_KEY.fullmatch(text):
        raise DomainError("这一页放得太久了。请刷新页面，再填一次。")
    return text
