"""Everything that is held about a user, as one JSON document for that user."""
