"""Writes to the tree: the regions themselves from the data file."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quiz.audit.services import record
from quiz.regions.dataset import RegionRow, load_regions
from quiz.regions.models import Region, RegionLevel, School


@dataclass(frozen=True)
class RegionReport:
    """How many regions a synchronisation added, changed and removed; ``kept`` codes are gone but still hold schools."""

    added: int
    changed: int
    removed: int
    kept: tuple[str, ...]

    @property
    def has_changes(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def sync_regions(session: Session, *, now: datetime, rows: list[RegionRow] | None = None) -> RegionReport:
    """Bring the region table to what the data file says; running it again changes nothing.

    A region that the file no longer has is removed unless a school lies in it: then it stays and is reported.
    Schools follow their county to another prefecture or province.
    """
    wanted = load_regions() if rows is None else rows
    known = {region.id: region for region in session.scalars(sa.select(Region))}
    added = changed = 0
    for rank, row in enumerate(wanted):
        values = _values(row, rank)
        region = known.pop(row.code, None)
        if region is None:
            session.add(Region(**values))
            added += 1
        elif any(getattr(region, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(region, name, value)
            changed += 1
    session.flush()
    removed, kept = _remove(session, list(known.values()))
    if changed:
        _move_schools(session)
    report = RegionReport(added, changed, removed, kept)
    if report.has_changes:
        record(
            session, "region:tree:sync", now=now, actor_id=None, object_type="region", object_id="all",
            added=added, changed=changed, removed=removed,
        )  # fmt: skip
    return report


def _values(row: RegionRow, rank: int) -> dict[str, object]:
    return {
        "id": row.code, "name": row.name, "level": RegionLevel(row.level), "parent_id": row.parent,
        "prefecture_id": row.prefecture, "province_id": row.province, "rank": rank,
    }  # fmt: skip


def _remove(session: Session, gone: list[Region]) -> tuple[int, tuple[str, ...]]:
    """Delete regions from the leaves upwards; those that schools or staying regions need are kept."""
    used = set(session.scalars(sa.select(School.county_id).distinct()))
    kept: list[str] = []
    removed = 0
    for region in sorted(gone, key=lambda region: region.rank, reverse=True):
        if region.id in used:
            kept.append(region.id)
            used.add(region.parent_id or "")
            continue
        session.delete(region)
        session.flush()  # one by one: children must be gone before their parent
        removed += 1
    return removed, tuple(sorted(kept))


def _move_schools(session: Session) -> None:
    places = sa.select(Region.prefecture_id, Region.province_id).where(Region.id == School.county_id)
    session.execute(
        sa.update(School)
        .values(
            prefecture_id=places.with_only_columns(Region.prefecture_id).scalar_subquery(),
            province_id=places.with_only_columns(Region.province_id).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
