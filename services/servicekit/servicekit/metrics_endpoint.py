"""The address at which Prometheus reads the metrics of a container; no gateway routes it."""

from __future__ import annotations

from flask import Response, current_app

from servicekit.access import PUBLIC, access
from servicekit.blueprint import Blueprint
from servicekit.limits import unlimited
from servicekit.metrics import CONTENT_TYPE, metrics_text

internal = Blueprint("internal metrics", __name__, url_prefix="/internal/metrics")


@internal.route("")
@access(PUBLIC)
@unlimited
@internal.response(200)
def show_metrics() -> Response:
    """Tell the metrics of all processes of this container."""
    response: Response = current_app.response_class(metrics_text(), content_type=CONTENT_TYPE)
    return response
