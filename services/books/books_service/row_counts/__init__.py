"""How many rows a table has, kept by the database, so that no list has to count them."""
