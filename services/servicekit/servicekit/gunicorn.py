"""The settings of gunicorn that both services share; a service's gunicorn.conf.py takes all of them."""

from __future__ import annotations

import os

from servicekit import env
from servicekit.gunicorn_config import WebServerConfig
from servicekit.gunicorn_metrics import forget_dead_worker, fresh_folder

_web = env.load(WebServerConfig, os.environ)

bind = "0.0.0.0:8000"
worker_class = "servicekit.gunicorn_worker.EnvelopeWorker"
workers = _web.workers
threads = _web.threads
# Loaded once before the fork: workers share its memory, and a bad configuration ends the container at once.
preload_app = True
# Put into the environment before the application is loaded, and with it the library that decides by it.
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={fresh_folder()}"]
child_exit = forget_dead_worker
# Longer than the gateway keeps an idle connection (30 s), so that it is never the service that closes one in use.
keepalive = 75
timeout = 30
# Shorter than the container's stop grace, longer than any request may take.
graceful_timeout = 20
worker_tmp_dir = "/dev/shm"  # noqa: S108 - memory, shared by nobody else in the container
# A socket for remote control has no place under a read-only root.
control_socket_disable = True
# Only the gateway reaches this port, over a network of its own.
forwarded_allow_ips = "*"
limit_request_line = 8190
limit_request_field_size = 16380
accesslog = None
errorlog = "-"
logger_class = "servicekit.gunicorn_logger.JsonLogger"
