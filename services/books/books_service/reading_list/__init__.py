"""Reading lists: the books that a member reads, has read or means to read, for that member alone."""
