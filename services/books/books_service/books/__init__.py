"""Books: the catalogue itself."""
