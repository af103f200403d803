"""The commands of the books service: ``flask books ...``."""

from __future__ import annotations

from flask.cli import AppGroup

from books_service.covers.cli import prune_covers
from books_service.imports.cli import import_books

books = AppGroup("books", help="The catalogue.")
books.command("import")(import_books)
books.command("prune-covers")(prune_covers)
