"""Teams as the unit of a stage, and their awards.

Columns are added in place, and checks are changed in the text of the table, as SQLite's documentation describes it: a batch would build the table
anew, and drop the old one, which other tables refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = ()
depends_on = None


KINDS = "kind IN ('pupil', 'school', 'instructor')"
KINDS_WITH_TEAMS = "kind IN ('pupil', 'school', 'instructor', 'team')"
WHOM = "(user_id IS NULL) <> (school_id IS NULL)"
WHOM_WITH_TEAMS = (
    "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN school_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN team_id IS NULL THEN 0 ELSE 1 END) = 1"
)
VALID_TEAM = sa.text("number IS NOT NULL AND revoked_at IS NULL AND team_id IS NOT NULL")


def _recheck(table: str, name: str, old: str, new: str) -> None:
    """Let a check say something else."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
        return
    run = op.get_bind().exec_driver_sql
    version = run("PRAGMA schema_version").scalar_one()
    run("PRAGMA writable_schema = ON")
    text = run("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).scalar_one()
    if f"CHECK ({old})" not in text:
        raise RuntimeError(f"{table} has no check {old}")
    changed = text.replace(f"CHECK ({old})", f"CHECK ({new})")
    run("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (changed, table))
    run(f"PRAGMA schema_version = {version + 1}")
    run("PRAGMA writable_schema = RESET")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE contest ADD COLUMN unit VARCHAR(32) DEFAULT 'pupil' NOT NULL "
        "CONSTRAINT ck_contest_unit CHECK (unit IN ('pupil', 'team', 'delegation'))"
    )
    for name, usual in (("team_size", 3), ("team_reserves", 1), ("teams_per_school", 1)):
        op.execute(f"ALTER TABLE contest ADD COLUMN {name} INTEGER DEFAULT {usual} NOT NULL")
    op.create_table(
        "contest_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("instructor", sa.String(length=40), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_team_contest_id_contest")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_contest_team_created_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["contest_group.id"], name=op.f("fk_contest_team_group_id_contest_group")
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["contest_team.id"], name=op.f("fk_contest_team_origin_id_contest_team")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_contest_team_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_team")),
        sa.UniqueConstraint("contest_id", "origin_id", name=op.f("uq_contest_team_contest_id_origin_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contest_team_public_id")),
    )
    op.create_index(op.f("ix_contest_team_school_id"), "contest_team", ["school_id"], unique=False)
    op.create_index(
        "uq_contest_team_name",
        "contest_team",
        ["group_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_contest_team_slot",
        "contest_team",
        ["group_id", "school_id", "slot"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "contest_team_member",
        sa.Column("team_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("is_reserve", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_contest_team_member_class_id_school_class")
        ),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_team_member_contest_id_contest")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["contest_team.id"], name=op.f("fk_contest_team_member_team_id_contest_team")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_contest_team_member_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_contest_team_member")),
    )
    op.create_index(op.f("ix_contest_team_member_contest_id"), "contest_team_member", ["contest_id"], unique=False)
    op.create_index("uq_contest_team_member_pupil", "contest_team_member", ["user_id", "contest_id"], unique=True)
    op.create_table(
        "contest_team_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registered",
                "changed",
                "dissolved",
                "stand_in",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("out_user_id", sa.Integer(), nullable=True),
        sa.Column("in_user_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user_account.id"], name=op.f("fk_contest_team_change_by_user_account")),
        sa.ForeignKeyConstraint(
            ["in_user_id"], ["user_account.id"], name=op.f("fk_contest_team_change_in_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["out_user_id"], ["user_account.id"], name=op.f("fk_contest_team_change_out_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["contest_team.id"], name=op.f("fk_contest_team_change_team_id_contest_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_team_change")),
    )
    op.create_index(op.f("ix_contest_team_change_team_id"), "contest_team_change", ["team_id"], unique=False)
    op.create_table(
        "promotion_team_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "disqualified",
                "withdrawn",
                "playoff_won",
                "host_seed",
                "wild_card",
                "revived",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_promotion_team_decision_contest_id_contest")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_promotion_team_decision_decided_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["user_account.id"], name=op.f("fk_promotion_team_decision_revoked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["contest_team.id"], name=op.f("fk_promotion_team_decision_team_id_contest_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_team_decision")),
    )
    op.create_index(
        op.f("ix_promotion_team_decision_contest_id"), "promotion_team_decision", ["contest_id"], unique=False
    )
    op.create_index(
        "uq_promotion_team_decision_stands",
        "promotion_team_decision",
        ["contest_id", "team_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "promotion_team_remark",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "through",
                "reserve",
                "undecided",
                "out",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "quota",
                "tied_in",
                "stand_in",
                "best_of_rest",
                "playoff_won",
                "host_seed",
                "wild_card",
                "revived",
                "reserve",
                "playoff",
                "playoff_lost",
                "below_line",
                "below_cutoff",
                "withdrawn",
                "disqualified",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["promotion_run.id"], name=op.f("fk_promotion_team_remark_run_id_promotion_run")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["contest_team.id"], name=op.f("fk_promotion_team_remark_team_id_contest_team")
        ),
        sa.PrimaryKeyConstraint("run_id", "team_id", name=op.f("pk_promotion_team_remark")),
    )
    op.create_index(
        "ix_promotion_team_remark_list",
        "promotion_team_remark",
        ["run_id", "group_kind", "outcome", "position"],
        unique=False,
    )

    for table in ("award", "award_nominee"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN team_id INTEGER "
            f"CONSTRAINT fk_{table}_team_id_contest_team REFERENCES contest_team (id)"
        )
    for table in ("award", "award_tier", "certificate_batch"):
        _recheck(table, "kind", KINDS, KINDS_WITH_TEAMS)
    _recheck("award_nominee", "whom", WHOM, WHOM_WITH_TEAMS)
    op.create_index("uq_award_nominee_team", "award_nominee", ["tier_id", "team_id"], unique=True)
    op.create_index(
        "uq_award_team", "award", ["contest_id", "team_id"], unique=True, sqlite_where=VALID_TEAM, postgresql_where=VALID_TEAM
    )  # fmt: skip


def downgrade() -> None:
    """On SQLite only while there is no contest: a database with data is taken back from a backup."""
    op.drop_index("uq_award_team", table_name="award", sqlite_where=VALID_TEAM, postgresql_where=VALID_TEAM)
    op.drop_index("uq_award_nominee_team", table_name="award_nominee")
    _recheck("award_nominee", "whom", WHOM_WITH_TEAMS, WHOM)
    for table in ("certificate_batch", "award_tier", "award"):
        _recheck(table, "kind", KINDS_WITH_TEAMS, KINDS)
    for table in ("award_nominee", "award"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("team_id")
    op.drop_index("ix_promotion_team_remark_list", table_name="promotion_team_remark")
    op.drop_table("promotion_team_remark")
    op.drop_index(op.f("ix_promotion_team_decision_contest_id"), table_name="promotion_team_decision")
    op.drop_index(
        "uq_promotion_team_decision_stands",
        table_name="promotion_team_decision",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("promotion_team_decision")
    op.drop_index(op.f("ix_contest_team_change_team_id"), table_name="contest_team_change")
    op.drop_table("contest_team_change")
    op.drop_index(op.f("ix_contest_team_member_contest_id"), table_name="contest_team_member")
    op.drop_index("uq_contest_team_member_pupil", table_name="contest_team_member")
    op.drop_table("contest_team_member")
    op.drop_index(op.f("ix_contest_team_school_id"), table_name="contest_team")
    op.drop_index(
        "uq_contest_team_name",
        table_name="contest_team",
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_index(
        "uq_contest_team_slot",
        table_name="contest_team",
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("contest_team")
    with op.batch_alter_table("contest") as batch:
        batch.drop_constraint(op.f("ck_contest_unit"), type_="check")
        for name in ("teams_per_school", "team_reserves", "team_size", "unit"):
            batch.drop_column(name)
