"""Imports: catalogues of others, read from CSV files and kept up to date by reading them again."""
