"""The freeze of a contest's boards; reveals of its awards; play-offs of a stage.

Columns of contest are added in place, as in 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_freeze",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("freezes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unfreezes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("generation < 0", name=op.f("ck_board_freeze_generation")),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_board_freeze_contest_id_contest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["user_account.id"], name=op.f("fk_board_freeze_set_by_user_account")),
        sa.PrimaryKeyConstraint("contest_id", name=op.f("pk_board_freeze")),
    )
    op.create_table(
        "award_reveal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("running", "ended", "stopped", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("lifts_freeze", sa.Boolean(), nullable=False),
        sa.Column("releases", sa.Boolean(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("step >= 0 AND step < steps", name=op.f("ck_award_reveal_step")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_award_reveal_contest_id_contest")),
        sa.ForeignKeyConstraint(["ended_by"], ["user_account.id"], name=op.f("fk_award_reveal_ended_by_user_account")),
        sa.ForeignKeyConstraint(
            ["started_by"], ["user_account.id"], name=op.f("fk_award_reveal_started_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_reveal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_award_reveal_public_id")),
    )
    op.create_index("ix_award_reveal_newest", "award_reveal", ["contest_id", "id"])
    op.create_index(
        "uq_award_reveal_running", "award_reveal", ["contest_id"], unique=True,
        sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"),
    )  # fmt: skip
    op.create_table(
        "reveal_step",
        sa.Column("reveal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reveal_id"], ["award_reveal.id"], name=op.f("fk_reveal_step_reveal_id_award_reveal"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reveal_id", "number", name=op.f("pk_reveal_step")),
    )

    op.execute(
        "ALTER TABLE contest ADD COLUMN playoff_of_id INTEGER "
        "CONSTRAINT ck_contest_playoff CHECK (playoff_of_id IS NULL OR first_stage_id IS NULL) "
        "CONSTRAINT fk_contest_playoff_of_id_contest REFERENCES contest (id)"
    )
    op.create_index("ix_contest_playoff_of_id", "contest", ["playoff_of_id"])
    op.create_table(
        "playoff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("sat_as_id", sa.Integer(), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "settled", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.String(length=20), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("winners", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_playoff_contest_id_contest")),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name=op.f("fk_playoff_created_by_user_account")),
        sa.ForeignKeyConstraint(["sat_as_id"], ["contest.id"], name=op.f("fk_playoff_sat_as_id_contest")),
        sa.ForeignKeyConstraint(["settled_by"], ["user_account.id"], name=op.f("fk_playoff_settled_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playoff")),
        sa.UniqueConstraint("sat_as_id", name=op.f("uq_playoff_sat_as_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_playoff_contest_id"), "playoff", ["contest_id"])


def downgrade() -> None:
    """On SQLite only while there is no contest, as 0006: a database with data is taken back from a backup."""
    op.drop_index(op.f("ix_playoff_contest_id"), table_name="playoff")
    op.drop_table("playoff")
    op.drop_index("ix_contest_playoff_of_id", table_name="contest")
    with op.batch_alter_table("contest") as batch:
        batch.drop_constraint(op.f("ck_contest_playoff"), type_="check")
        batch.drop_column("playoff_of_id")
    op.drop_table("reveal_step")
    op.drop_index("uq_award_reveal_running", table_name="award_reveal")
    op.drop_index("ix_award_reveal_newest", table_name="award_reveal")
    op.drop_table("award_reveal")
    op.drop_table("board_freeze")
