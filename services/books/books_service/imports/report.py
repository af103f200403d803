"""What is told of an import: counts, the first rows that deserve a look, and all of them in a file if one is wanted."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from books_service.imports.findings import LEFT_OUT, OUTCOMES, REJECTED, REPAIRED, Finding

SHOWN_FINDINGS = 20
REPORT_HEADER = ("row", "line", "title", "kind", "field", "reason", "value")


class Report:
    """Counts what became of rows and keeps the findings that are shown.

    Args:
        stream: where all findings are written as CSV, None for nowhere.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.outcomes: Counter[str] = Counter()
        self.findings: Counter[tuple[str, str, str]] = Counter()
        self.without_isbn = 0
        self._shown: list[str] = []
        self._writer: Any = csv.writer(stream) if stream else None
        if self._writer:
            self._writer.writerow(REPORT_HEADER)

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.outcomes.total()

    @property
    def stored_rows(self) -> int:
        """How many of them are in the catalogue."""
        return self.rows - self.outcomes[REJECTED]

    def add(self, number: int, line: int, title: str, outcome: str, findings: Sequence[Finding]) -> None:
        """Count a row."""
        self.outcomes[outcome] += 1
        for finding in findings:
            self.findings[finding.kind, finding.field, finding.reason] += 1
            value = finding.shown_value()
            # Repairs are no loss: they are counted, and listed in the file only.
            if finding.kind != REPAIRED and len(self._shown) < SHOWN_FINDINGS:
                shown = f" ({value!r})" if value else ""
                self._shown.append(f"row {number}: {finding.field} {finding.kind}: {finding.reason}{shown}")
            if self._writer:
                self._writer.writerow([number, line, title, finding.kind, finding.field, finding.reason, value])

    def lines(self, source: str, seconds: float) -> Iterator[str]:
        """Yield the summary for people."""
        rate = round(self.rows / seconds) if seconds > 0 else 0
        yield f"Source {source}: {self.rows:,} rows in {seconds:.1f} s, {rate:,} rows a second"
        for outcome in OUTCOMES:
            yield f"  {outcome:<20}{self.outcomes[outcome]:>10,}"
        left_out = sum(
            count for (kind, field, _), count in self.findings.items() if (kind, field) == (LEFT_OUT, "isbn")
        )
        yield f"  {'without ISBN':<20}{self.without_isbn:>10,} (of which {self.without_isbn - left_out:,} name none)"
        if self.findings:
            yield "Not stored as the file has it:"
        for (kind, field, reason), count in sorted(self.findings.items(), key=lambda item: (-item[1], item[0])):
            yield f"  {count:>10,}  {field} {kind}: {reason}"
        if self._shown:
            yield f"The first {len(self._shown)} that were not repaired (the header is row 1):"
        for line in self._shown:
            yield f"  {line}"
