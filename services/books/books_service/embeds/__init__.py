"""What a client may have shown inside books, so that a page of them takes one request."""
