"""What books knows of the accounts behind user ids: what the service that has them tells."""
