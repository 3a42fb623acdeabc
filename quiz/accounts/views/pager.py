"""What the pagination macro shows under a searched list."""

from typing import Any

from flask import url_for

from quiz.web.pagination import Page


def pager(page: Page, endpoint: str, text: str) -> dict[str, Any]:
    """Addresses of the neighbouring pages, keeping the search."""
    before = url_for(endpoint, page=page.number - 1, q=text or None) if page.has_previous else None
    after = url_for(endpoint, page=page.number + 1, q=text or None) if page.has_next else None
    return {"prev_url": before, "next_url": after, "number": page.number, "pages": page.pages, "total": page.total}
