"""Drafts, concerns and imports of items; local items beside those of the content folder."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=24), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "draft",
                "source_check",
                "safety_check",
                "published",
                "withdrawn",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_from_bank", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("import_place", sa.String(length=60), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_checked_by", sa.Integer(), nullable=True),
        sa.Column("safety_checked_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_draft_public_id")),
    )
    with op.batch_alter_table("item_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_draft_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_draft_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_item_draft_stage", ["stage", "updated_at"], unique=False)
        batch_op.create_index(
            "uq_item_draft_open",
            ["item_id"],
            unique=True,
            sqlite_where=sa.text("stage IN ('draft', 'source_check', 'safety_check')"),
            postgresql_where=sa.text("stage IN ('draft', 'source_check', 'safety_check')"),
        )

    op.create_table(
        "draft_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "created",
                "edited",
                "submitted",
                "source_passed",
                "safety_passed",
                "sent_back",
                "commented",
                "withdrawn",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["item_draft.id"], name=op.f("fk_draft_event_draft_id_item_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_event")),
    )
    with op.batch_alter_table("draft_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_event_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "item_concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "wrong_key",
                "outdated",
                "unclear",
                "unsafe",
                "typo",
                "other",
                "law_amended",
                "review_due",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "unfounded", "changed", "retired", name="outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_concern_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_concern")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_concern_public_id")),
    )
    with op.batch_alter_table("item_concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_concern_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_item_concern_queue", ["settled_at", "raised_at"], unique=False)
        batch_op.create_index(
            "uq_item_concern_open",
            ["item_id", "kind", "raised_by"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "item_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column("format", sa.String(length=24), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "ready",
                "refused",
                "confirmed",
                "discarded",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_data", sa.LargeBinary(), nullable=True),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_item_import_created_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_import_public_id")),
    )
    with op.batch_alter_table("item_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_import_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_import_created_by"), ["created_by"], unique=False)

    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_local", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("synced_hash", sa.String(length=64), nullable=True))

    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("published_by", sa.Integer(), nullable=True))

    # Until now every item came from the content folder: what is current is what was last synced.
    op.execute(
        "UPDATE item SET synced_hash = (SELECT content_hash FROM item_version"
        " WHERE item_version.item_id = item.id AND item_version.version = item.current_version)"
    )


def downgrade() -> None:
    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.drop_column("published_by")

    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_column("synced_hash")
        batch_op.drop_column("is_local")

    with op.batch_alter_table("item_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_import_created_by"))
        batch_op.drop_index(batch_op.f("ix_item_import_created_at"))

    op.drop_table("item_import")
    with op.batch_alter_table("item_concern", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_item_concern_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("ix_item_concern_queue")
        batch_op.drop_index(batch_op.f("ix_item_concern_item_id"))

    op.drop_table("item_concern")
    with op.batch_alter_table("draft_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_event_draft_id"))

    op.drop_table("draft_event")
    with op.batch_alter_table("item_draft", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_item_draft_open",
            sqlite_where=sa.text("stage IN ('draft', 'source_check', 'safety_check')"),
            postgresql_where=sa.text("stage IN ('draft', 'source_check', 'safety_check')"),
        )
        batch_op.drop_index("ix_item_draft_stage")
        batch_op.drop_index(batch_op.f("ix_item_draft_import_id"))
        batch_op.drop_index(batch_op.f("ix_item_draft_created_by"))

    op.drop_table("item_draft")
