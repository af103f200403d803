"""Give authors variants of their names, a sort name, dates, identifiers and a biography."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "books"
DATE_FORM = "^-?[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?[?~%]?$"

# Own variants that become the name are variants no longer. Replicas that know nothing of names add authors, too.
NAME_AUTHOR = """
CREATE FUNCTION books.name_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM books.author_names
        WHERE author_id = NEW.id AND position > 0 AND name_normalized = NEW.name_normalized;
    INSERT INTO books.author_names AS kept (author_id, position, name, name_normalized, name_key)
        VALUES (NEW.id, 0, NEW.name, NEW.name_normalized, NEW.name_key)
        ON CONFLICT (author_id, position) DO UPDATE
        SET name = excluded.name, name_normalized = excluded.name_normalized, name_key = excluded.name_key,
            version = kept.version + 1, updated_at = now();
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Apply the change."""
    for column in (
        sa.Column("sort_name", sa.Text()),
        sa.Column("sort_name_key", sa.Text()),
        sa.Column(
            "order_key", sa.Text(), sa.Computed("COALESCE(sort_name_key, name_key)", persisted=True), nullable=False
        ),
        sa.Column("born", sa.Text()),
        sa.Column("died", sa.Text()),
        sa.Column("identifiers", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("biography", sa.Text()),
    ):
        op.add_column("authors", column, schema=SCHEMA)
    for name, condition in (
        ("sort_name_length", "char_length(sort_name) BETWEEN 1 AND 100"),
        ("sort_name_folded", "(sort_name IS NULL) = (sort_name_key IS NULL)"),
        ("born_form", f"born ~ '{DATE_FORM}'"),
        ("died_form", f"died ~ '{DATE_FORM}'"),
        ("identifiers_count", "cardinality(identifiers) <= 20"),
        ("biography_length", "char_length(biography) BETWEEN 1 AND 2000"),
    ):
        op.create_check_constraint(op.f(f"ck_authors_{name}"), "authors", condition, schema=SCHEMA)
    op.create_index("ix_authors_order_key_id", "authors", ["order_key", "id"], schema=SCHEMA)
    op.create_index("ix_authors_identifiers", "authors", ["identifiers"], schema=SCHEMA, postgresql_using="gin")

    op.create_table(
        "author_names",
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_normalized", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("author_id", "position", name="pk_author_names"),
        sa.UniqueConstraint("name_normalized", name="uq_author_names_name_normalized"),
        sa.ForeignKeyConstraint(
            ["author_id"], [f"{SCHEMA}.authors.id"], name="fk_author_names_author_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_author_names_name_length")),
        sa.CheckConstraint("position BETWEEN 0 AND 100", name=op.f("ck_author_names_position_range")),
        schema=SCHEMA,
    )
    op.execute(NAME_AUTHOR)
    op.execute(
        f"CREATE TRIGGER name_author AFTER INSERT OR UPDATE OF name, name_normalized, name_key ON {SCHEMA}.authors "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.name_author()"
    )
    op.execute(
        "INSERT INTO books.author_names (author_id, position, name, name_normalized, name_key) "
        "SELECT id, 0, name, name_normalized, name_key FROM books.authors"
    )
    # After the rows, which it would make slower to store.
    op.create_index(
        "ix_author_names_name_key_trigram",
        "author_names",
        ["name_key"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={"name_key": "extensions.gin_trgm_ops"},
    )


def downgrade() -> None:
    """Take the change back."""
    op.execute(f"DROP TRIGGER name_author ON {SCHEMA}.authors")
    op.execute(f"DROP FUNCTION {SCHEMA}.name_author()")
    op.drop_table("author_names", schema=SCHEMA)
    for column in ("biography", "identifiers", "died", "born", "order_key", "sort_name_key", "sort_name"):
        op.drop_column("authors", column, schema=SCHEMA)
