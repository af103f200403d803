"""Tokens that are refused before they expire, remembered in the database and told to Redis."""
