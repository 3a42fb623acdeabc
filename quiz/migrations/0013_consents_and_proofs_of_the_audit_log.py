"""Consents to a full name in public; proofs of the audit log, and its indexes by actor and object."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = ()
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publication_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "agreed", "refused", "unanswered", "withdrawn",
                name="state", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("pupil_agrees", sa.Boolean(), nullable=True),
        sa.Column("guardian_agrees", sa.Boolean(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "roster", "form", "request", "pupil",
                name="channel", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("text_version", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'agreed') = (pupil_agrees IS TRUE AND guardian_agrees IS TRUE)",
            name=op.f("ck_publication_consent_both_agree"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_publication_consent_recorded_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_publication_consent_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_consent")),
    )  # fmt: skip
    op.create_index("ix_publication_consent_newest", "publication_consent", ["user_id", "id"])
    op.create_table(
        "audit_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=True),
        sa.Column("last_hash", sa.String(length=64), nullable=True),
        sa.Column("broken_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
    )
    op.create_index("ix_audit_entry_of_actor", "audit_entry", ["actor_id", "id"])
    op.create_index("ix_audit_entry_of_object", "audit_entry", ["object_type", "object_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_of_object", table_name="audit_entry")
    op.drop_index("ix_audit_entry_of_actor", table_name="audit_entry")
    op.drop_table("audit_check")
    op.drop_index("ix_publication_consent_newest", table_name="publication_consent")
    op.drop_table("publication_consent")
