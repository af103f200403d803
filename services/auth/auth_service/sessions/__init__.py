"""Signing in and what follows from it: sessions, access tokens and refresh tokens."""
