"""The books service of Colophon."""
