"""What both services need and neither owns: a library without routes of its own, tables or domain nouns."""
