"""What the tests of the services share: real PostgreSQL and Redis, real migrations, real tokens. Not in any image."""
