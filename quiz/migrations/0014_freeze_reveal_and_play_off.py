"""The freeze of a contest's boards."""

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


def downgrade() -> None:
    op.drop_table("board_freeze")
