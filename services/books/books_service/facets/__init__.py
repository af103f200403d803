"""What the books of a list have in common, with counts, so that a reader sees how to narrow it."""
