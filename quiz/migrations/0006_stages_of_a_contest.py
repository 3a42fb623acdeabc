"""Stages of a contest; entries taken back.

Columns are added in place: SQLite would build the table anew in a batch, and drop the old one, which other tables refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE contest ADD COLUMN first_stage_id INTEGER "
        "CONSTRAINT fk_contest_first_stage_id_contest REFERENCES contest (id)"
    )
    op.execute(
        "ALTER TABLE contest ADD COLUMN stage_number INTEGER DEFAULT 1 NOT NULL "
        "CONSTRAINT ck_contest_stage CHECK ((first_stage_id IS NULL) = (stage_number = 1))"
    )
    op.execute("ALTER TABLE contest ADD COLUMN stage_name VARCHAR(20) DEFAULT '' NOT NULL")
    op.create_index("uq_contest_stage", "contest", ["first_stage_id", "stage_number"], unique=True)
    op.add_column("entry", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """On SQLite only while there is no contest: a database with data is taken back from a backup."""
    op.drop_column("entry", "withdrawn_at")
    op.drop_index("uq_contest_stage", table_name="contest")
    with op.batch_alter_table("contest") as batch:
        batch.drop_constraint(op.f("ck_contest_stage"), type_="check")
        for name in ("stage_name", "stage_number", "first_stage_id"):
            batch.drop_column(name)
