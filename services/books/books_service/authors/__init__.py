"""Authors: the people and bodies that books name; a name maps to one author."""
