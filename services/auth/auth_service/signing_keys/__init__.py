"""The keys that sign tokens: replacing them while they are in use. The services only read the ring."""
