"""What other services have to know of accounts: stored with the act, delivered by the worker until it has arrived."""
