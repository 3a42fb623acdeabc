"""Rules of notices, pure."""

from quiz.errors import DomainError

MOST_TITLE = 60
MOST_TEXT = 2000
MOST_STANDING = 30  # notices of one contest at a time
MOST_PINNED = 3  # more on top, and nothing is on top


def check_notice(title: str, text: str) -> None:
    """Raise DomainError naming the field that is missing or too long."""
    if not title.strip():
        raise DomainError("请写公告标题。", field="title")
    if len(title.strip()) > MOST_TITLE:
        raise DomainError("公告标题最多 %(most)s 个字，请缩短。", field="title", most=MOST_TITLE)
    if not text.strip():
        raise DomainError("请写公告内容。", field="text")
    if len(text.strip()) > MOST_TEXT:
        raise DomainError("公告内容最多 %(most)s 个字，请缩短。", field="text", most=MOST_TEXT)
