"""Notes on integrity signals are kept one after another: a later one no longer takes the place of an earlier one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"], name=op.f("fk_signal_note_by_user_account")),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["integrity_signal.id"], name=op.f("fk_signal_note_signal_id_integrity_signal"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_note")),
    )  # fmt: skip
    op.create_index(op.f("ix_signal_note_signal_id"), "signal_note", ["signal_id"])
    op.execute(
        'INSERT INTO signal_note (signal_id, text, "by", at) '
        "SELECT id, note, looked_by, looked_at FROM integrity_signal WHERE looked_at IS NOT NULL ORDER BY looked_at, id"
    )
    op.drop_column("integrity_signal", "note")


def downgrade() -> None:
    op.add_column("integrity_signal", sa.Column("note", sa.String(length=300), nullable=False, server_default=""))
    op.execute(
        "UPDATE integrity_signal SET note = (SELECT one.text FROM signal_note AS one WHERE one.signal_id = "
        "integrity_signal.id ORDER BY one.id DESC LIMIT 1) WHERE looked_at IS NOT NULL"
    )
    op.drop_table("signal_note")
