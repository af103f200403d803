"""What gunicorn serves: the application built from the environment, with bounded waits for the database."""

from __future__ import annotations

import os

from books_service.app import create_app
from books_service.config import BooksConfig
from servicekit import env
from servicekit.database import bound_socket_waits

app = create_app(env.load(BooksConfig, os.environ))
bound_socket_waits()
