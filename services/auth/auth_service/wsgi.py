"""What gunicorn serves: the application built from the environment, with bounded waits for the database."""

from __future__ import annotations

from auth_service.app import create_app
from auth_service.config import AuthConfig
from servicekit import env
from servicekit.database import bound_socket_waits

with env.exit_with_problems():
    app = create_app(env.load_or_exit(AuthConfig))
bound_socket_waits()
