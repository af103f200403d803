"""The people who may sign in: their names, roles and passwords."""
