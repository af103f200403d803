"""Searching the catalogue: words, what books hold of them, and what people ask for."""
