"""What the gateway adds and refuses by itself."""

from __future__ import annotations

import re
import socket
import subprocess
import time

import pytest
from stack import docker

ORIGIN = "https://catalogue.example"


def test_the_gateway_tells_its_own_health(visitor):
    data = visitor.get("/health").json()["data"]

    assert (data["status"], data["service"]) == ("ok", "gateway")


@pytest.mark.parametrize("service", ["auth", "books"])
def test_each_service_tells_its_health(visitor, service):
    data = visitor.get(f"/api/v1/{service}/health").json()["data"]

    assert (data["status"], data["service"]) == ("ok", service)


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/books", "/metrics", "/.env", "/_key"]
)
def test_an_unknown_path_is_a_json_404(visitor, path):
    answer = visitor.get(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    error = answer.json()["error"]
    assert (error["code"], error["request_id"]) == ("not_found", answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    "path",
    [
        "/internal/health/live",
        "/api/v1/books/../../../internal/health/live",
        "/api/v1/books/..%2f..%2f..%2finternal/health/live",
        "/api/v1/books/%2e%2e/%2e%2e/%2e%2e/internal/health/live",
        "//internal/health/live",
        "/internal/account-events",
        "/%69nternal/health/live",
        "/api/v1/books//..//..//..//internal/health/live",
        "/api/v1/books\\..\\..\\internal/health/live",
        "/api/v1/books/%00/../../../internal/health/live",
        "/INTERNAL/health/live",
        "/api/v1/books/;/../../../../internal/health/ready",
    ],
)
def test_internal_addresses_are_out_of_reach_whatever_the_encoding(stack, path):
    status, _, body = raw_request(stack.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert status in (400, 404)
    assert b'"success":false' in body.replace(b" ", b"")
    assert b'"status":"ok"' not in body


def raw_request(port: int, text: str | bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are and return status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text.encode("latin-1") if isinstance(text, str) else text)
        # Not until the end of the connection: after a refused body the server lingers, then resets it.
        received = b""
        while not is_complete(received) and (chunk := connection.recv(65536)):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def is_complete(received: bytes) -> bool:
    """Return whether a whole answer is there, going by its Content-Length."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(end) and length is not None and len(body) >= int(length[1])


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("GARBAGE\r\n\r\n", 400),
        ("GET /api/v1/books?search=Bront\xeb HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
        ("AB /api/v1/books/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
        ("PROPFIND /api/v1/books HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
        ("GET /api/v1/books HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\x01b\r\nConnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /health HTTP/1.1\r\n\r\n", 400),
        (f"GET /{'a' * 40000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (f"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: {'a' * 40000}\r\n\r\n", 431),
        ("POST /api/v1/books HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", 413),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_envelope(stack, request_text, expected):
    status, headers, body = raw_request(stack.port, request_text)

    assert status == expected
    assert headers["content-type"].startswith("application/json")
    assert b'"success"' in body
    assert headers["x-request-id"]


def test_a_safe_request_id_is_kept_and_an_unsafe_one_replaced(visitor):
    kept = visitor.get("/api/v1/books", headers={"X-Request-Id": "order-66.a_b"})
    replaced = visitor.get("/api/v1/books", headers={"X-Request-Id": "a b<script>"})

    assert kept.headers["X-Request-Id"] == "order-66.a_b"
    assert re.fullmatch(r"[0-9a-f]{32}", replaced.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/", "/docs", "/account/", "/health", "/nothing", "/api/v1/books", "/api/v1/books/0"])
def test_security_headers_are_on_every_answer_once(visitor, path):
    headers = visitor.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "," not in headers["X-Content-Type-Options"]
    assert re.fullmatch(r"nginx|", headers.get("Server", ""))


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/books"), ("GET", "/api/v1/nothing"), ("GET", "/nothing")]
)
def test_an_allowed_origin_may_read_answers_and_errors(visitor, method, path):
    headers = visitor.request(method, path, headers={"Origin": ORIGIN}).headers

    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = {name.strip() for name in headers["Access-Control-Expose-Headers"].split(",")}
    assert {"X-Total-Count", "ETag", "Location", "X-Request-Id", "RateLimit-Limit"} <= exposed
    assert "Origin" in headers["Vary"]


def test_a_preflight_is_answered_and_remembered(visitor):
    answer = visitor.request(
        "OPTIONS",
        "/api/v1/books",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )

    assert answer.status_code == 204
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    # What no service acts on is not promised to anybody.
    assert "x-forwarded-for" not in answer.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Max-Age"] == "600"


def test_another_origin_gets_no_permission(visitor):
    headers = visitor.get("/api/v1/books", headers={"Origin": "https://evil.example"}).headers

    assert "Access-Control-Allow-Origin" not in headers


def test_lists_are_compressed_for_those_who_ask(visitor, member):
    for _ in range(8):
        member.post("/api/v1/books", {"title": "Compressible"})

    answer = visitor.get("/api/v1/books", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["success"] is True


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("COLOPHON_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example"),
        ("COLOPHON_TRUSTED_PROXIES", "300.1.1.1"),
        ("COLOPHON_CORS_ALLOWED_ORIGINS", "https://catalogue.example/"),
        ("COLOPHON_CORS_ALLOWED_ORIGINS", "*, https://catalogue.example"),
        ("COLOPHON_RATE_LIMIT_SCALE", "1.5"),
        ("COLOPHON_RATE_LIMIT_ANONYMOUS_READS_PER_MINUTE", "many"),
        ("COLOPHON_RATE_LIMIT_EDGE_PER_MINUTE", "0"),
        ("COLOPHON_CONNECTIONS_PER_ADDRESS", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_keeps_the_gateway_from_starting(another_gateway, setting, value):
    container = another_gateway(**{setting: value})

    state = ""
    deadline = time.monotonic() + 10
    while not state.startswith("exited") and time.monotonic() < deadline:
        state = docker("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", container).strip()

    assert state == "exited 1"
    # Docker hands standard error on as such.
    printed = subprocess.run(["docker", "logs", container], check=True, capture_output=True, text=True).stderr
    assert "cannot start" in printed
    assert setting in printed


def test_the_start_page_and_the_api_page_need_nothing_from_elsewhere(visitor):
    for path in ("/", "/docs", "/account/"):
        page = visitor.get(path)
        if page.status_code in (301, 308):
            page = visitor.get(page.headers["Location"])
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page.text)
        assert "<script>" not in page.text
        for asset in re.findall(r"(?:src|href)=[\"'](/[^\"'#]+\.(?:js|css|svg))[\"']", page.text):
            assert visitor.get(asset).status_code == 200, asset


def test_the_api_document_covers_both_services(visitor):
    paths = visitor.get("/openapi.json").json()["paths"]

    assert "/api/v1/books" in paths
    assert "/api/v1/auth/login" in paths
