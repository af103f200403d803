"""API keys: what programs send in place of a sign-in; the gateway exchanges them for access tokens."""
