"""Accounts that exist and become those of admins by the word of the operator."""
