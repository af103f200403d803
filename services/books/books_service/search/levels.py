"""Levels of popularity: which books a search in very many of them looks at first.

A book is on the level of the binary logarithm of its popularity, and on all levels below, so that one entry of an index
names all books from a level upwards. Of equally popular books, which in some catalogues are all, every second is one
level higher, every fourth another one, by their ids: a level always divides them.
"""

from __future__ import annotations

HIGHEST_LEVEL = 40

# An expression of an index, which a condition must repeat, written as PostgreSQL writes it; the divisor is ln 2.
_ALL = ",".join(str(level) for level in range(1, HIGHEST_LEVEL + 1))
LEVELS = (
    f"('{{{_ALL}}}'::integer[])[1:floor(ln((popularity + 1)::double precision"
    " * (id & (- id))::double precision) / 0.6931471805599453)::integer]"
)
