"""gunicorn's settings; they are the same for every service."""

from servicekit.gunicorn import *  # noqa: F403 - gunicorn reads the names of this module
