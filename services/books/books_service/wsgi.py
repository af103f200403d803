"""What gunicorn serves: the application built from the environment, with bounded waits for the database."""

from __future__ import annotations

from books_service.app import create_app
from books_service.config import BooksConfig
from servicekit import env
from servicekit.database import bound_socket_waits

with env.exit_with_problems():
    app = create_app(env.load_or_exit(BooksConfig))
bound_socket_waits()
