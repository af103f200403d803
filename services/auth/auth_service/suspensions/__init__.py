"""Keeping somebody out: disabling and enabling accounts, and ending all sessions of one, as admins do."""
