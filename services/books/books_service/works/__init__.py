"""Works: what several editions are editions of; a book belongs to one or to none."""
