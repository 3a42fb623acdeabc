"""Sittings are looked up by their paper specification: keys wait for whoever answers a paper drawn by the same one."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sitting_paper_spec_id"), "sitting", ["paper_spec_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sitting_paper_spec_id"), table_name="sitting")
