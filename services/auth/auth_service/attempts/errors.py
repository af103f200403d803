"""Why an attempt is not even looked at."""

from __future__ import annotations

import math
from datetime import timedelta

from servicekit.envelope import ApiError


class TooManyAttempts(ApiError):
    """Too many attempts failed before this one (RFC 6585, section 4); nothing is told about any account."""

    code, status = "too_many_attempts", 429
    message = "Too many attempts have failed; wait before the next one."

    def __init__(self, wait: timedelta) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(wait.total_seconds())))})
