"""Reasons in a promotion: more winners of a play-off than seats, and an equal result that was handed in later.

The lists of allowed values grow; on SQLite the text of the tables is changed in place, as in 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = ()
depends_on = None

TABLES = ("promotion_remark", "promotion_team_remark")
OLD = (
    "quota", "tied_in", "stand_in", "best_of_rest", "playoff_won", "host_seed", "wild_card", "revived", "reserve", "playoff",
    "playoff_lost", "below_line", "below_cutoff", "withdrawn", "disqualified",
)  # fmt: skip
NEW = (*OLD, "playoff_again", "later")
#: What the new ones were called before.
BEFORE = {"playoff_again": "playoff", "later": "below_line"}


def upgrade() -> None:
    for table in TABLES:
        _change(table, OLD, NEW)


def downgrade() -> None:
    for table in TABLES:
        remark = sa.table(table, sa.column("reason", sa.String))
        for new, old in BEFORE.items():
            op.execute(sa.update(remark).where(remark.c.reason == new).values(reason=old))
        _change(table, NEW, OLD)


def _words(values: tuple[str, ...]) -> str:
    return f"reason IN ({', '.join(repr(one) for one in values)})"


def _change(table: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Exchange the values that the CHECK allows."""
    name, connection = f"ck_{table}_reason", op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, _words(after))
        return
    old, new = (f"CONSTRAINT {name} CHECK ({_words(values)})" for values in (before, after))
    text = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :t"), {"t": table})
    if text is None or text.count(old) != 1:
        raise RuntimeError(f"{name} is not as the migrations before have made it")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :t"),
        {"sql": text.replace(old, new), "t": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
    if (found := connection.scalar(sa.text(f"PRAGMA integrity_check({table})"))) != "ok":
        raise RuntimeError(f"{table}: {found}")
