"""Reads of imports of questions."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from quiz.accounts.rules import Actor
from quiz.errors import NotFoundError
from quiz.items.importing.models import ItemImport
from quiz.jobs.models import Job


def get_import(session: Session, public_id: str, actor: Actor, *, whole: bool = False) -> ItemImport:
    """The actor's own import; NotFoundError for anybody else's. ``whole`` loads the found questions as well."""
    query = sa.select(ItemImport).where(ItemImport.public_id == public_id, ItemImport.created_by == actor.user_id)
    found = session.scalar(query.options(undefer(ItemImport.found)) if whole else query)
    if found is None:
        raise NotFoundError("没有找到这次导入。")
    return found


def recent_imports(session: Session, actor: Actor, limit: int = 5) -> list[ItemImport]:
    """The actor's latest imports, newest first."""
    mine = sa.select(ItemImport).where(ItemImport.created_by == actor.user_id)
    return list(session.scalars(mine.order_by(ItemImport.id.desc()).limit(limit)))


def job_progress(session: Session, row: ItemImport) -> tuple[int, int]:
    """(done, total) questions of the import's job; (0, 0) before it has begun."""
    found = session.execute(sa.select(Job.progress_done, Job.progress_total).where(Job.id == row.job_id)).first()
    return (found.progress_done, found.progress_total) if found else (0, 0)
