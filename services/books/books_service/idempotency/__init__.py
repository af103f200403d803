"""Answers that are kept under a key of the client, so that a repeated request is carried out once."""
