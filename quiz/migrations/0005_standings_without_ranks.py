"""Standings without stored ranks: histograms instead, boards in order, notes of changed results. Derived data is made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = ()
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _drop("unit_standing", "pupil_standing", "contest_tally")
    op.create_table(
        "contest_tally",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tallied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts_digest", sa.String(length=64), nullable=True),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.Column("building_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_tally_contest_id_contest")),
        sa.PrimaryKeyConstraint("contest_id", name=op.f("pk_contest_tally")),
    )
    op.create_table(
        "standing_board",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_standing_board_contest_id_contest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_board")),
        sa.UniqueConstraint(
            "contest_id", "generation", "group_kind", name=op.f("uq_standing_board_contest_id_generation_group_kind")
        ),
    )
    op.create_table(
        "pupil_standing",
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt_id", BIG, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("board_id", "order_key", "user_id", name=op.f("pk_pupil_standing")),
        sa.UniqueConstraint("board_id", "user_id", name=op.f("uq_pupil_standing_board_id_user_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing_cell",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pool", sa.String(length=48), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contest_id", "generation", "pool", "part", name=op.f("pk_standing_cell")),
    )
    op.create_table(
        "unit_standing",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=20), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("school_kind", sa.String(length=16), nullable=True),
        sa.Column("county_id", sa.String(length=6), nullable=True),
        sa.Column("prefecture_id", sa.String(length=6), nullable=True),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("index_hundredths", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint(
            "contest_id", "generation", "category", "level", "unit_id", name=op.f("pk_unit_standing")
        ),
    )
    op.create_index(
        "ix_unit_standing_board", "unit_standing", ["contest_id", "generation", "category", "level", "index_hundredths"]
    )
    op.create_table(
        "result_change",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_folded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_change")),
    )
    op.create_index("ix_result_change_sitting", "result_change", ["sitting_id", "id"])
    # What was counted before is counted again by the first tally after the upgrade.
    op.execute(
        sa.text(
            "INSERT INTO result_change (sitting_id, user_id, changed_at, is_folded) "
            "SELECT attempt.sitting_id, max(attempt.user_id), max(attempt.closed_at), :unfolded FROM attempt "
            "JOIN contest_group ON contest_group.sitting_id = attempt.sitting_id "
            "WHERE attempt.status IN ('submitted', 'expired') GROUP BY attempt.sitting_id"
        ).bindparams(sa.bindparam("unfolded", False, sa.Boolean()))
    )


def downgrade() -> None:
    _drop("result_change", "unit_standing", "standing_cell", "pupil_standing", "standing_board", "contest_tally")
    op.create_table(
        "contest_tally",
        sa.Column("contest_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("tallied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_tally_contest_id_contest")),
        sa.PrimaryKeyConstraint("contest_id", name=op.f("pk_contest_tally")),
    )
    _create_ranked_pupils()
    _create_ranked_units()


def _drop(*names: str) -> None:
    for name in names:
        op.drop_table(name)


def _create_ranked_pupils() -> None:
    ranks = [
        column
        for prefix in ("", "class_", "school_", "county_", "prefecture_")
        for column in (
            sa.Column(f"{prefix}rank", sa.Integer(), nullable=prefix == "prefecture_"),
            sa.Column(f"{prefix}tied" if prefix else "is_tied", sa.Boolean(), nullable=False),
            sa.Column(f"{prefix}size", sa.Integer(), nullable=prefix == "prefecture_"),
        )
    ]
    op.create_table(
        "pupil_standing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("group_kind", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", BIG, nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_kind", sa.String(length=16), nullable=False),
        sa.Column("county_id", sa.String(length=6), nullable=False),
        sa.Column("prefecture_id", sa.String(length=6), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("elapsed_seconds", sa.Integer(), nullable=False),
        *ranks,
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_pupil_standing_attempt_id_attempt")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["school_class.id"], name=op.f("fk_pupil_standing_class_id_school_class")
        ),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_pupil_standing_contest_id_contest")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_pupil_standing_school_id_school")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_pupil_standing_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_standing")),
        sa.UniqueConstraint(
            "contest_id", "generation", "user_id", name=op.f("uq_pupil_standing_contest_id_generation_user_id")
        ),
    )
    op.create_index("ix_pupil_standing_board", "pupil_standing", ["contest_id", "generation", "group_kind", "rank"])


def _create_ranked_units() -> None:
    op.create_table(
        "unit_standing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=20), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("county_id", sa.String(length=6), nullable=True),
        sa.Column("prefecture_id", sa.String(length=6), nullable=True),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("index_hundredths", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("is_tied", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_unit_standing_contest_id_contest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_standing")),
        sa.UniqueConstraint(
            "contest_id", "generation", "category", "level", "unit_id",
            name=op.f("uq_unit_standing_contest_id_generation_category_level_unit_id"),
        ),
    )  # fmt: skip
    op.create_index(
        "ix_unit_standing_board", "unit_standing", ["contest_id", "generation", "category", "level", "rank"]
    )
