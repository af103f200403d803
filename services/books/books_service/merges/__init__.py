"""Merges: two records of one author made one, so that it can be undone."""
