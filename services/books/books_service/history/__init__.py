"""What books and authors were before: every version of them, what changed, going back, and undoing a deletion."""
