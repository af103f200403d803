"""How long somebody has to wait after failed attempts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class DelayRule:
    """Some failures are free; once they are used up there is a delay, which doubles with each further failure.

    Failures are forgotten evenly, as a bucket leaks: whoever keeps trying gets on no quicker than one failure is
    forgotten or the longest delay is over, and ``memory`` after an attack nothing is left of it.

    Args:
        free: how many failures there may be before anybody has to wait.
        first_seconds: the delay when they are used up.
        longest_seconds: no delay is longer.
        forgotten_seconds: the time in which all the free ones come back.
    """

    free: int
    first_seconds: float
    longest_seconds: float
    forgotten_seconds: float

    @property
    def seconds_each(self) -> float:
        """How long it takes until one failure is forgotten."""
        return self.forgotten_seconds / self.free

    @property
    def most(self) -> int:
        """The failures that bring the longest delay; more are not counted, for they would be remembered ever longer."""
        return self.free + max(0, math.ceil(math.log2(self.longest_seconds / self.first_seconds)))

    @property
    def memory(self) -> timedelta:
        """After this time without an attempt there is neither failure nor delay, whatever there was."""
        return timedelta(seconds=max(self.most * self.seconds_each, self.longest_seconds))


@dataclass(frozen=True, slots=True)
class DelayRules:
    """The rule of each kind of subject.

    Args:
        by_kind: of those that have one of their own.
        other: of all others.
    """

    by_kind: Mapping[str, DelayRule]
    other: DelayRule

    def of(self, kind: str) -> DelayRule:
        """Return the rule of ``kind``."""
        return self.by_kind.get(kind, self.other)

    @property
    def memory(self) -> timedelta:
        """After this time without an attempt nothing is left of any kind."""
        return max(rule.memory for rule in (*self.by_kind.values(), self.other))
