"""Merges: two records of one author or book made one, so that it can be undone."""
