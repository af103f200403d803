"""Cover images of books: made anew from what is sent, stored as files, served by the gateway."""
