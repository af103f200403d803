"""A customer of the gateway: HTTP and nothing else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT_SECONDS = 30


@dataclass
class Customer:
    """One client of the API, anonymous until it has signed in."""

    base_url: str
    access_token: str | None = None
    refresh_token: str | None = None
    email: str | None = None
    password: str | None = None
    user: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open a session of its own, so that no two customers share cookies or connections."""
        self.http = requests.Session()
        # Proxies of the machine have no part in a conversation with this machine.
        self.http.trust_env = False

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send one request; ``path`` starts with a slash."""
        headers = dict(kwargs.pop("headers", None) or {})
        if self.access_token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.access_token}"
        return self.http.request(
            method, self.base_url + path, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, **kwargs
        )

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """Send a GET request."""
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        """Send a POST request with a JSON body."""
        return self.request("POST", path, json=json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        """Send a PUT request with a JSON body."""
        return self.request("PUT", path, json=json, **kwargs)

    def patch(self, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        """Send a PATCH request with a JSON body."""
        return self.request("PATCH", path, json=json, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> requests.Response:
        """Send a DELETE request."""
        return self.request("DELETE", path, **kwargs)

    def register(self) -> Customer:
        """Register a new account under a random name and sign in with it."""
        self.email = f"reader-{secrets.token_hex(6)}@example.com"
        self.password = secrets.token_urlsafe(18)
        answer = self.post("/api/v1/auth/register", {"email": self.email, "password": self.password})
        assert answer.status_code == 201, answer.text
        return self.sign_in(self.email, self.password)

    def sign_in(self, email: str, password: str) -> Customer:
        """Sign in and keep the tokens."""
        self.email, self.password = email, password
        self.access_token = None
        answer = self.post("/api/v1/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        self.access_token, self.refresh_token, self.user = data["access_token"], data["refresh_token"], data["user"]
        return self
