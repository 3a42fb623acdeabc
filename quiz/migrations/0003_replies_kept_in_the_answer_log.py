"""The answer log keeps what the device was told when a row was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = ()
depends_on = None

#: As the replies were computed until now: the positions answered, and the highest number, as of each row.
BACKFILL = """
UPDATE item_response SET
  next_seq = (SELECT max(seq) + 1 FROM item_response AS e WHERE e.attempt_id = item_response.attempt_id AND e.id <= item_response.id),
  answered = (
    SELECT count(*) FROM item_response AS e
    WHERE e.attempt_id = item_response.attempt_id AND e.id <= item_response.id AND json_array_length(e.choices) > 0
      AND NOT EXISTS (
        SELECT 1 FROM item_response AS n
        WHERE n.attempt_id = e.attempt_id AND n.position = e.position AND n.seq > e.seq AND n.id <= item_response.id))
"""


def upgrade() -> None:
    with op.batch_alter_table("item_response") as batch:
        batch.add_column(sa.Column("answered", sa.SmallInteger(), nullable=True))
        batch.add_column(sa.Column("next_seq", sa.Integer(), nullable=True))
    op.execute(BACKFILL)
    with op.batch_alter_table("item_response") as batch:
        batch.alter_column("answered", existing_type=sa.SmallInteger(), nullable=False)
        batch.alter_column("next_seq", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("item_response") as batch:
        batch.drop_column("next_seq")
        batch.drop_column("answered")
