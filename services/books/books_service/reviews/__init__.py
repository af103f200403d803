"""Reviews: what members think of a book, one each."""
