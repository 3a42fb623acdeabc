"""Joint organisers instead of one line; notices of a contest; its public page and public list of awards.

Columns come and go in place, as in 0006. A line that named several organisations becomes a list of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = ()
depends_on = None

MOST_IN_ROLE, LONGEST_LINE = 12, 120
contest = sa.table(
    "contest", sa.column("id", sa.Integer), sa.column("organiser", sa.String), sa.column("organisers", sa.JSON)
)


def upgrade() -> None:
    op.execute("ALTER TABLE contest ADD COLUMN organisers JSON DEFAULT '{}' NOT NULL")
    op.execute("ALTER TABLE contest ADD COLUMN has_public_page BOOLEAN DEFAULT false NOT NULL")
    op.add_column("contest", sa.Column("awards_listed_at", sa.DateTime(timezone=True), nullable=True))
    session = op.get_bind()
    for row in session.execute(sa.select(contest.c.id, contest.c.organiser)).all():
        if names := _names(row.organiser):
            session.execute(
                sa.update(contest).where(contest.c.id == row.id).values(organisers={"host": names})
            )  # fmt: skip
    op.execute("ALTER TABLE contest DROP COLUMN organiser")
    op.create_table(
        "contest_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_notice_contest_id_contest")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["user_account.id"], name=op.f("fk_contest_notice_published_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_contest_notice_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contest_notice_public_id")),
    )
    op.create_index("ix_contest_notice_contest_id", "contest_notice", ["contest_id"])


def downgrade() -> None:
    """Only the hosts fit into the one line of before."""
    op.drop_index("ix_contest_notice_contest_id", table_name="contest_notice")
    op.drop_table("contest_notice")
    op.execute("ALTER TABLE contest ADD COLUMN organiser VARCHAR(120) DEFAULT '' NOT NULL")
    session = op.get_bind()
    for row in session.execute(sa.select(contest.c.id, contest.c.organisers)).all():
        line = "、".join(row.organisers.get("host", ()))[:LONGEST_LINE]
        session.execute(sa.update(contest).where(contest.c.id == row.id).values(organiser=line))
    for name in ("awards_listed_at", "has_public_page", "organisers"):
        op.execute(f"ALTER TABLE contest DROP COLUMN {name}")


def _names(line: str) -> list[str]:
    """The organisations of a line; the line as it is where it seems to be none of organisations."""
    names = [name.strip() for name in line.split("、") if name.strip()]
    return list(dict.fromkeys(names)) if len(names) <= MOST_IN_ROLE else [line.strip()]
