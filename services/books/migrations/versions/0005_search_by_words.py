"""Store the words that books are searched by and how popular they are, and keep a list of all words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from books_service.folding import fold
from books_service.search.vector import search_vector

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "books"
BATCH = 1_000

# Of words in the fields of a book that its own search finds, those that are long enough to be misspelt. The look-up is
# a subquery so that the index answers it, however few or many words there are.
_NEW_WORDS = """
    SELECT word FROM (
        SELECT DISTINCT substr(found.lexeme, 3) AS word FROM {vectors}
        WHERE found.lexeme ~ '^[taspr]:...'
    ) AS words
    WHERE (SELECT true FROM books.search_words AS known WHERE known.word = words.word LIMIT 1) IS NULL
    ORDER BY word
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "search_words",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_words"),
        schema=SCHEMA,
    )
    op.add_column("books", sa.Column("search_vector", TSVECTOR(), server_default="", nullable=False), schema=SCHEMA)
    popularity = sa.Computed("COALESCE(ratings_count, 0)", persisted=True)
    op.add_column("books", sa.Column("popularity", sa.BigInteger(), popularity, nullable=False), schema=SCHEMA)
    # The release before writes it and this one does not.
    op.alter_column("books", "search_key", server_default="", schema=SCHEMA)
    op.drop_index("ix_books_search_key_trigram", table_name="books", schema=SCHEMA)
    for books in _batches():
        _store("search_vector", "tsvector", [{"id": book["id"], "value": _vector(book)} for book in books])
    op.create_index("ix_books_popularity_id", "books", ["popularity", "id"], schema=SCHEMA)
    op.create_index(
        "ix_books_search_vector",
        "books",
        ["search_vector"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
    _add_words("books.books AS book, unnest(book.search_vector) AS found")
    op.create_index("ix_search_words_word", "search_words", ["word"], schema=SCHEMA)
    op.create_index(
        "ix_search_words_word_trigram",
        "search_words",
        ["word"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={"word": "extensions.gin_trgm_ops"},
    )
    _create_triggers()


def downgrade() -> None:
    """Take the change back."""
    op.execute("DROP TRIGGER books_add_inserted_words ON books.books")
    op.execute("DROP TRIGGER books_add_updated_words ON books.books")
    op.execute("DROP FUNCTION books.add_inserted_words(), books.add_updated_words()")
    op.drop_table("search_words", schema=SCHEMA)
    op.drop_column("books", "search_vector", schema=SCHEMA)
    op.drop_column("books", "popularity", schema=SCHEMA)
    for books in _batches():
        _store("search_key", "text", [{"id": book["id"], "value": _key(book)} for book in books])
    op.alter_column("books", "search_key", server_default=None, schema=SCHEMA)
    op.create_index(
        "ix_books_search_key_trigram",
        "books",
        ["search_key"],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={"search_key": "extensions.gin_trgm_ops"},
    )


def _batches() -> Iterator[list[dict[str, Any]]]:
    statement = sa.text(
        "SELECT book.id, title, subtitle, series_name, publisher, description, subjects, ARRAY("
        " SELECT author.name FROM books.book_authors AS made JOIN books.authors AS author ON author.id = made.author_id"
        " WHERE made.book_id = book.id ORDER BY made.position) AS names"
        " FROM books.books AS book WHERE book.id > :last ORDER BY book.id LIMIT :batch"
    )
    last = 0
    while books := [dict(row) for row in op.get_bind().execute(statement, {"last": last, "batch": BATCH}).mappings()]:
        yield books
        last = books[-1]["id"]


def _vector(book: dict[str, Any]) -> str:
    return search_vector(
        title=book["title"],
        subtitle=book["subtitle"],
        series=book["series_name"],
        contributors=book["names"],
        subjects=book["subjects"],
        publisher=book["publisher"],
        description=book["description"],
    )


def _key(book: dict[str, Any]) -> str:
    return fold(" ".join([book["title"], book["subtitle"] or "", *book["names"]]))


def _store(column: str, kind: str, rows: list[dict[str, Any]]) -> None:
    op.get_bind().execute(
        sa.text(
            f"UPDATE books.books SET {column} = given.value"  # noqa: S608 - both are ours
            f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(id bigint, value {kind})"
            " WHERE books.id = given.id"
        ),
        {"rows": json.dumps(rows)},
    )


def _add_words(vectors: str) -> None:
    op.execute("INSERT INTO books.search_words (word)" + _NEW_WORDS.format(vectors=vectors))


def _create_triggers() -> None:
    # One statement for all rows of an import; an update of another column costs nothing.
    for name, vectors in (
        ("add_inserted_words", "added AS book, unnest(book.search_vector) AS found"),
        ("add_updated_words", "unnest(NEW.search_vector) AS found"),
    ):
        op.execute(
            f"CREATE FUNCTION books.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO books.search_words (word) {_NEW_WORDS.format(vectors=vectors)};"
            " RETURN NULL; END $$"
        )
    op.execute(
        "CREATE TRIGGER books_add_inserted_words AFTER INSERT ON books.books REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION books.add_inserted_words()"
    )
    op.execute(
        "CREATE TRIGGER books_add_updated_words AFTER UPDATE OF search_vector ON books.books FOR EACH ROW"
        " WHEN (OLD.search_vector IS DISTINCT FROM NEW.search_vector) EXECUTE FUNCTION books.add_updated_words()"
    )
