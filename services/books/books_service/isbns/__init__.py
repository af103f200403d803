"""Looking up many ISBNs in one request."""
