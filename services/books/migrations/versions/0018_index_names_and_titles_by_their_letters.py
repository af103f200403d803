"""Index names of authors and titles of books by what stays the same however they are written, to find duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCHEMA = "books"

# Names are folded already. Cut, because no index holds more than 2,704 bytes a row.
FUNCTIONS = (
    (
        "bare(key text)",
        "left(regexp_replace(key, '[^[:alnum:]]+', '', 'g'), 100)",
    ),
    (
        "name_words(key text)",
        r"""left(btrim(regexp_replace(replace(regexp_replace(
        regexp_replace(key, ',? +(jr|sr|ii|iii|iv)\.?$', ''),
        '^([^,]+),(.+)$', '\2 \1'), '''', ''), '[^[:alnum:]]+', ' ', 'g')), 100)""",
    ),
    (
        "family_and_initial(words text)",
        r"CASE WHEN words LIKE '% %' THEN substring(words FROM '[^ ]+$') || ' ' || left(words, 1) END",
    ),
    (
        "given_and_initial(words text)",
        r"""CASE WHEN words LIKE '% %' THEN
        replace(regexp_replace(words, ' [^ ]+$', ''), ' ', '') || ' ' || left(substring(words FROM '[^ ]+$'), 1) END""",
    ),
    (
        "main_title(key text)",
        r"""coalesce(
        nullif(books.bare(regexp_replace(regexp_replace(key, '([:;(/\[]| - ).*$', ''),
            '^(the|a|an|der|die|das|le|la|les|el|los|las|il) ', '')), ''),
        books.bare(key))""",
    ),
)


def upgrade() -> None:
    """Apply the change."""
    for signature, body in FUNCTIONS:
        op.execute(
            f"CREATE FUNCTION {SCHEMA}.{signature} RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {body}"
        )
    words = f"{SCHEMA}.name_words(name_key)"
    for column, made in (
        ("bare_name", f"replace({words}, ' ', '')"),
        ("family_key", f"{SCHEMA}.family_and_initial({words})"),
        ("given_key", f"{SCHEMA}.given_and_initial({words})"),
    ):
        op.add_column("author_names", sa.Column(column, sa.Text(), sa.Computed(made, persisted=True)), schema=SCHEMA)
    op.create_index("ix_author_names_bare_name", "author_names", ["bare_name"], schema=SCHEMA)
    for column in ("family_key", "given_key"):
        op.create_index(
            f"ix_author_names_{column}",
            "author_names",
            [column, "bare_name", "author_id", "position"],
            schema=SCHEMA,
        )
    op.create_index(
        "ix_books_main_title",
        "books",
        [sa.text(f"{SCHEMA}.main_title(title_key)"), sa.text("left(COALESCE(author_key, ''), 100)"), "id"],
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_books_main_title", table_name="books", schema=SCHEMA)
    for column in ("given_key", "family_key", "bare_name"):
        op.drop_column("author_names", column, schema=SCHEMA)
    for signature, _ in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {SCHEMA}.{signature.partition('(')[0]}(text)")
