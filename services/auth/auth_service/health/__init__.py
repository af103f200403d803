"""Health of the auth service."""
