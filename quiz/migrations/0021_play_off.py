"""Play-offs of a stage.

The column of contest is added in place, as in 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = ()
depends_on = None


def upgrade() -> None:
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
