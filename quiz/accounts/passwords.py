"""What a password and a user name may be, pure. No composition rules: length is what helps."""

import re
import unicodedata

from quiz.accounts.rules import username_key
from quiz.errors import DomainError

PASSWORD_MIN, PASSWORD_MAX = 12, 128
USERNAME_MIN, USERNAME_MAX = 3, 40
#: Parts so common that a password made of little else is guessed first.
COMMON = (
    "password", "passw0rd", "qwertyuiop", "qwerty", "asdfgh", "zxcvbn", "1q2w3e4r", "abcdef", "abc123", "iloveyou",
    "admin", "administrator", "welcome", "letmein", "woaini", "jiaoshi", "laoshi", "xuexiao", "qinghai", "xining",
    "qingyuan", "jindu", "jinduban", "清源", "禁毒", "青海",
)  # fmt: skip
LEFT_OVER_MIN = 6  # characters that must remain once common words, own names and runs are taken away
# Letters and digits of ASCII, Chinese characters and Tibetan letters: no other script offers look-alikes.
USERNAME = re.compile(r"[a-z0-9._@\-\u3400-\u9fff\u0f00-\u0fff]+")


def check_password(password: str, *, username: str = "", name: str = "", field: str = "password") -> None:
    """Raise DomainError unless the password is long enough and not made of common words or one's own name."""
    if len(password) < PASSWORD_MIN:
        raise DomainError("密码至少要 %(minimum)s 个字符。可以用几个词连起来。", field=field, minimum=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise DomainError("密码最多 %(maximum)s 个字符。", field=field, maximum=PASSWORD_MAX)
    if len(left_over(password, username, name)) < LEFT_OVER_MIN:
        raise DomainError("这个密码太容易被猜到。请不要用常见的词、连续的数字或自己的姓名。", field=field)


def left_over(password: str, username: str, name: str) -> str:
    """The distinct characters left when common words, own names and runs like 1234 or aaaa are removed."""
    left = unicodedata.normalize("NFKC", password).casefold()
    words = sorted({*COMMON, username_key(username), username_key(name)} - {""}, key=len, reverse=True)
    for word in words:
        left = left.replace(word, "")
    return "".join(dict.fromkeys(_without_runs(left)))


def _without_runs(text: str) -> str:
    """The text without characters that only repeat or continue the one before (aaaa, 1234, 4321)."""
    kept = [char for at, char in enumerate(text) if at == 0 or abs(ord(char) - ord(text[at - 1])) > 1]
    return "".join(kept)


def check_username(username: str) -> str:
    """The key under which the user name is unique; raises DomainError for one that may not be used."""
    key = username_key(username)
    if not USERNAME_MIN <= len(key) <= USERNAME_MAX or not USERNAME.fullmatch(key):
        raise DomainError(
            "用户名要有 %(minimum)s 到 %(maximum)s 个字符，只能用字母、数字、汉字和 . _ - @，中间不留空格。",
            field="username", minimum=USERNAME_MIN, maximum=USERNAME_MAX,
        )  # fmt: skip
    return key
