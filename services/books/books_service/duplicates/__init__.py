"""Suggestions of what may be in the catalogue twice; to decide is for people, who merge."""
