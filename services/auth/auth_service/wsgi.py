"""What gunicorn serves: the application built from the environment, with bounded waits for the database."""

from __future__ import annotations

import os

from auth_service.app import create_app
from auth_service.config import AuthConfig
from servicekit import env
from servicekit.database import bound_socket_waits

app = create_app(env.load(AuthConfig, os.environ))
bound_socket_waits()
