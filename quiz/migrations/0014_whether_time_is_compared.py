"""Whether the time decides between equal scores, for each sitting.

Added in place: SQLite would build the table anew in a batch, and drop the old one, which other tables refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.add_column("sitting", sa.Column("compares_time", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.drop_column("sitting", "compares_time")
