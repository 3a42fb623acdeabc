"""Expected pupils counted once and stored; pupils excused from a contest; the contest that progress is measured against.

Columns are added in place, as in 0006: other tables refer to the contest's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE contest ADD COLUMN earlier_contest_id INTEGER "
        "CONSTRAINT fk_contest_earlier_contest_id_contest REFERENCES contest (id)"
    )
    op.add_column("contest", sa.Column("expected_on", sa.Date(), nullable=True))
    op.create_table(
        "expected_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_expected_count_contest_id_contest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_expected_count_made_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_count")),
        sa.UniqueConstraint("contest_id", "number", name=op.f("uq_expected_count_contest_id_number")),
    )
    op.create_table(
        "expected_class",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("class_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_expected_class_class_id_school_class")
        ),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_expected_class_contest_id_contest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_expected_class_school_id_school")),
        sa.PrimaryKeyConstraint("contest_id", "class_id", name=op.f("pk_expected_class")),
    )
    op.create_table(
        "expected_headcount",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_expected_headcount_contest_id_contest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_expected_headcount_school_id_school")),
        sa.PrimaryKeyConstraint("contest_id", "school_id", "group_kind", name=op.f("pk_expected_headcount")),
    )
    op.create_table(
        "expected_excuse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "absent", "exempt", "moved",
                name="kind", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_expected_excuse_contest_id_contest"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_expected_excuse_recorded_by_user_account")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_expected_excuse_user_id_user_account")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["user_account.id"], name=op.f("fk_expected_excuse_withdrawn_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_excuse")),
    )  # fmt: skip
    op.create_index(op.f("ix_expected_excuse_user_id"), "expected_excuse", ["user_id"])
    op.create_index(
        "uq_expected_excuse_current", "expected_excuse", ["contest_id", "user_id"], unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"), postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """On SQLite only while there is no contest, as in 0006."""
    for name in ("expected_excuse", "expected_headcount", "expected_class", "expected_count"):
        op.drop_table(name)
    with op.batch_alter_table("contest") as batch:
        batch.drop_column("expected_on")
        batch.drop_column("earlier_contest_id")
