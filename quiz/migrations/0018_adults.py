"""Groups and units of adults, invitations with which they register themselves.

The lists of allowed values grow. On SQLite a CHECK can only be changed by building the table anew, and other tables refer to
these; so the text of the table is changed in place, as SQLite's own documentation advises for constraints
(https://www.sqlite.org/lang_altertable.html, section 7). It is part of the transaction, and checked before it is kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = ()
depends_on = None

OLD_KINDS = ("小学", "初中", "九年一贯", "高中", "完全中学", "中职", "高校")
OLD_GROUPS = ("primary", "junior", "senior", "vocational", "open")
#: (table, constraint, column, old values, new values)
CHECKS: tuple[tuple[str, str, str, tuple[object, ...], tuple[object, ...]], ...] = (
    ("school", "ck_school_kind", "kind", OLD_KINDS, (*OLD_KINDS, "机关单位", "社区")),
    (
        "contest_group",
        "ck_contest_group_kind",
        "kind",
        OLD_GROUPS,
        (*OLD_GROUPS, "public_servant", "community", "parent"),
    ),
    (
        "school_class",
        "ck_school_class_entry_grade",
        "entry_grade",
        (1, 7, 10, 13),
        (-13, -10, -7, -1, 0, 1, 7, 10, 13),
    ),
)


def upgrade() -> None:
    for table, name, column, old, new in CHECKS:
        _change(table, name, column, old, new)
    op.create_table(
        "registration_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("asks_class", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "most BETWEEN 1 AND 2000 AND registered BETWEEN 0 AND most", name=op.f("ck_registration_link_places")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_registration_link_class_id_school_class")
        ),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_registration_link_contest_id_contest"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_registration_link_created_by_user_account")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_registration_link_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_link")),
        sa.UniqueConstraint("code", name=op.f("uq_registration_link_code")),
    )
    op.create_index("ix_registration_link_school_id", "registration_link", ["school_id"])
    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["registration_link.id"], name=op.f("fk_registration_link_id_registration_link"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"], ["user_account.id"], name=op.f("fk_registration_removed_by_user_account")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_registration_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("form_key", name=op.f("uq_registration_form_key")),
        sa.UniqueConstraint("user_id", name=op.f("uq_registration_user_id")),
    )  # fmt: skip
    op.create_index("ix_registration_link_id", "registration", ["link_id"])


def downgrade() -> None:
    """Only while there are no adults: the database refuses otherwise (PostgreSQL), or keeps their rows (SQLite)."""
    op.drop_table("registration")
    op.drop_table("registration_link")
    for table, name, column, old, new in CHECKS:
        _change(table, name, column, new, old)


def _words(column: str, values: tuple[object, ...]) -> str:
    listed = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values)
    return f"{column} IN ({listed})"


def _change(table: str, name: str, column: str, before: tuple[object, ...], after: tuple[object, ...]) -> None:
    """Exchange the values that a CHECK allows."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, _words(column, after))
        return
    old, new = (f"CONSTRAINT {name} CHECK ({_words(column, values)})" for values in (before, after))
    text = connection.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :t"), {"t": table})
    if text is None or text.count(old) != 1:
        raise RuntimeError(f"{name} is not as the migrations before have made it")
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :t"),
        {"sql": text.replace(old, new), "t": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
    if (found := connection.scalar(sa.text(f"PRAGMA integrity_check({table})"))) != "ok":
        raise RuntimeError(f"{table}: {found}")
