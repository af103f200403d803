"""Health of the books service."""
