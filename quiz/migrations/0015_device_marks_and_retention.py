"""Device marks of attempts, computer rooms, two more kinds of signals; what is kept how long, and what was erased.

Columns are added in place: SQLite would build tables anew in a batch that others refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = ()
depends_on = None

KINDS_BEFORE = ("too_fast", "same_mistakes", "steady")
KINDS = (*KINDS_BEFORE, "foreign_letters", "one_device")


def upgrade() -> None:
    op.add_column("attempt", sa.Column("device_mark", sa.String(length=16), nullable=True))
    op.add_column("attempt", sa.Column("reduced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    _restrict_kinds(KINDS)
    op.create_table(
        "computer_room",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("declared_by", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_computer_room_contest_id_contest")),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["user_account.id"], name=op.f("fk_computer_room_declared_by_user_account")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_computer_room_school_id_school")),
        sa.PrimaryKeyConstraint("contest_id", "school_id", name=op.f("pk_computer_room")),
    )
    op.create_table(
        "retention_setting",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user_account.id"], name=op.f("fk_retention_setting_changed_by_user_account")
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_setting")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("running", "done", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["user_account.id"], name=op.f("fk_retention_run_asked_by_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(
        "uq_retention_run_running", "retention_run", ["kind"], unique=True,
        sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_retention_run_running", table_name="retention_run")
    op.drop_table("retention_run")
    op.drop_table("retention_setting")
    op.drop_table("computer_room")
    op.execute("DELETE FROM integrity_signal WHERE kind IN ('foreign_letters', 'one_device')")
    _restrict_kinds(KINDS_BEFORE)
    op.drop_column("user_account", "erased_at")
    op.drop_column("attempt", "reduced_at")
    op.drop_column("attempt", "device_mark")


def _restrict_kinds(kinds: tuple[str, ...]) -> None:
    """No table refers to the signals, so a batch may build theirs anew."""
    names = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("integrity_signal") as batch:
        batch.drop_constraint(op.f("ck_integrity_signal_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_integrity_signal_kind"), f"kind IN ({names})")
