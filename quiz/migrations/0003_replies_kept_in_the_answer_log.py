"""Rows of the answer log are numbered, and keep what the device was told when they were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = ()
depends_on = None

#: As the replies were computed until now: the positions answered, and the highest number, as of each row.
REPLIES = """
UPDATE item_response SET
  number = (SELECT count(*) FROM item_response AS e WHERE e.attempt_id = item_response.attempt_id AND e.id <= item_response.id),
  next_seq = (SELECT max(seq) + 1 FROM item_response AS e WHERE e.attempt_id = item_response.attempt_id AND e.id <= item_response.id),
  answered = (
    SELECT count(*) FROM item_response AS e
    WHERE e.attempt_id = item_response.attempt_id AND e.id <= item_response.id AND json_array_length(e.choices) > 0
      AND NOT EXISTS (
        SELECT 1 FROM item_response AS n
        WHERE n.attempt_id = e.attempt_id AND n.position = e.position AND n.seq > e.seq AND n.id <= item_response.id))
"""
CHANGES = """
UPDATE item_response SET change = answered - coalesce((
  SELECT e.answered FROM item_response AS e
  WHERE e.attempt_id = item_response.attempt_id AND e.number = item_response.number - 1), 0)
"""
COLUMNS = {"number": sa.Integer(), "change": sa.SmallInteger(), "answered": sa.SmallInteger(), "next_seq": sa.Integer()}


def upgrade() -> None:
    with op.batch_alter_table("item_response") as batch:
        for name, kind in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    op.execute(REPLIES)
    with op.batch_alter_table("item_response") as batch:
        batch.create_unique_constraint("uq_item_response_attempt_id_number", ["attempt_id", "number"])
        batch.drop_index("ix_item_response_current")
    op.execute(CHANGES)
    with op.batch_alter_table("item_response") as batch:
        for name, kind in COLUMNS.items():
            batch.alter_column(name, existing_type=kind, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("item_response") as batch:
        batch.create_index("ix_item_response_current", ["attempt_id", "position", "seq"])
        batch.drop_constraint("uq_item_response_attempt_id_number", type_="unique")
        for name in reversed(COLUMNS):
            batch.drop_column(name)
