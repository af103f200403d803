"""The auth service of Colophon."""
