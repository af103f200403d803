"""Every endpoint against every kind of bad input: a 4xx in the envelope that names what is wrong, never a 5xx."""

import json

import pytest

# Method, path and a body that would be accepted.
WRITES = [
    ("POST", "/api/v1/auth/register", {"email": "new@example.org", "password": "correct horse"}),
    ("POST", "/api/v1/auth/login", {"email": "admin@example.org", "password": "correct horse"}),
    ("POST", "/api/v1/auth/refresh", {"refresh_token": "unknown"}),
    ("POST", "/api/v1/auth/password-reset", {"email": "new@example.org"}),
    ("POST", "/api/v1/auth/password-reset/confirm", {"token": "unknown", "password": "correct horse"}),
    ("POST", "/api/v1/auth/verify-email", {"token": "unknown"}),
    ("POST", "/api/v1/auth/verify-email/resend", {"email": "new@example.org"}),
    ("POST", "/api/v1/auth/email-change/confirm", {"token": "unknown"}),
    ("POST", "/api/v1/users", {"email": "new@example.org", "password": "correct horse"}),
    ("PUT", "/api/v1/users/profile", {"name": "Ada"}),
    ("PATCH", "/api/v1/users/profile", {"name": "Ada"}),
    ("PUT", "/api/v1/users/{id}", {"name": "Ada"}),
    ("PATCH", "/api/v1/users/{id}", {"name": "Ada"}),
    ("POST", "/api/v1/api-keys", {"name": "importer", "scopes": ["books:read"]}),
    ("DELETE", "/api/v1/users/profile", {"current_password": "not it at all"}),
    ("DELETE", "/api/v1/users/{id}", {"current_password": "not it at all"}),
    ("POST", "/api/v1/users/{id}/disable", {"reason": "Spam"}),
    ("POST", "/api/v1/users/{id}/enable", {"reason": "Sorry"}),
]
# What these need may be elsewhere, or is optional.
MAY_BE_EMPTY = [
    ("POST", "/api/v1/auth/refresh"),
    ("DELETE", "/api/v1/users/profile"),
    ("DELETE", "/api/v1/users/{id}"),
    ("POST", "/api/v1/users/{id}/disable"),
    ("POST", "/api/v1/users/{id}/enable"),
]
ACCOUNT_FIELDS = ["email", "username", "name", "password"]
FIELDS = {
    "/api/v1/auth/register": ACCOUNT_FIELDS,
    "/api/v1/auth/login": ["email", "password"],
    "/api/v1/auth/refresh": ["refresh_token"],
    "/api/v1/auth/password-reset": ["email"],
    "/api/v1/auth/password-reset/confirm": ["token", "password"],
    "/api/v1/auth/verify-email": ["token"],
    "/api/v1/auth/verify-email/resend": ["email"],
    "/api/v1/auth/email-change/confirm": ["token"],
    "/api/v1/users": [*ACCOUNT_FIELDS, "role"],
    "/api/v1/users/profile": [*ACCOUNT_FIELDS, "role", "current_password"],
    "/api/v1/users/{id}": [*ACCOUNT_FIELDS, "role", "current_password"],
    "/api/v1/api-keys": ["name", "scopes", "expires_at"],
    "/api/v1/users/{id}/disable": ["reason"],
    "/api/v1/users/{id}/enable": ["reason"],
}
CODES_OF_THE_FEATURE = {
    "current_password_wrong",
    "last_admin",
    "invalid_credentials",
    "refresh_token_invalid",
    "one_time_token_invalid",
}
MALFORMED = [
    b"",
    b" ",
    b"{",
    b"{}}",
    b"[]",
    b"[{}]",
    b'"text"',
    b"1",
    b"null",
    b"true",
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": "\\ud800"}',
    b'{"name": "\xff"}',
    b'{"name": "\xed\xa0\x80"}',
    b"\xef\xbb\xbf{}",
    b'{"name": "line\nfeed"}',
    b"{'name': 'single'}",
    b'{"name": 1,}',
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"[" * 100_000,
    "{}".encode("utf-16"),
]
WRONG_VALUES = [
    1,
    -1,
    0,
    2**63,
    10**30,
    1.5,
    1e308,
    True,
    False,
    [],
    ["a"],
    {},
    {"$ne": None},
    "nul \x00 here",
    "\x1b[31m",
    "x" * 5000,
]


def check(response, statuses, field=None):
    body = response.get_json()
    assert response.status_code in statuses, body
    assert body["success"] is False
    assert body["error"]["request_id"]
    if field is not None:
        assert field in body["error"]["details"], body


@pytest.fixture(name="send")
def _send(client, admin):
    """Return a function that sends a body as an admin, to whom every address is open."""

    def send(method, url, body, content_type="application/json"):
        headers = {} if "/auth/" in url else admin.headers
        return client.open(
            url.format(id=admin.id), method=method, data=body, content_type=content_type, headers=headers
        )

    return send


@pytest.mark.parametrize(("method", "url", "_good"), WRITES)
@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_body_that_is_no_json_object_is_refused(send, method, url, _good, body):
    response = send(method, url, body)

    if (method, url) in MAY_BE_EMPTY and body == b"":
        assert response.status_code in (200, 401, 409, 422)
    else:
        check(response, {400})
        assert response.get_json()["error"]["code"] == "malformed_body"


@pytest.mark.parametrize(("method", "url", "good"), WRITES)
@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "nonsense"],
)
def test_body_of_another_type_is_refused(send, method, url, good, content_type):
    check(send(method, url, json.dumps(good), content_type), {415})


@pytest.mark.parametrize(("method", "url", "good"), WRITES)
def test_charset_of_the_content_type_does_not_matter(send, method, url, good):
    answer = send(method, url, json.dumps(good), "application/json; charset=utf-8")

    # The body is read; a token in it that is none has its own code.
    assert answer.status_code < 400 or answer.get_json()["error"]["code"] in CODES_OF_THE_FEATURE


@pytest.mark.parametrize(("method", "url", "good"), WRITES)
def test_body_that_is_too_large_is_refused(send, method, url, good):
    check(send(method, url, json.dumps({**good, "name": "x" * 1_100_000})), {413})


@pytest.mark.parametrize(("method", "url", "good"), WRITES)
@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: repr(value)[:20])
def test_wrong_value_is_refused_by_the_name_of_its_field(send, method, url, good, value):
    for field in ["current_password"] if method == "DELETE" else FIELDS[url]:
        check(send(method, url, json.dumps({**good, field: value})), {422}, field)


@pytest.mark.parametrize(("method", "url", "good"), WRITES)
@pytest.mark.parametrize("field", ["unknown", "__proto__", "", "a.b", "na\u00efve", "x" * 100, "user_id", "_schema"])
def test_unknown_field_is_refused_by_its_name(send, method, url, good, field):
    details = send(method, url, json.dumps({**good, field: "x"})).get_json()["error"]["details"]

    assert list(details) == ["body" if field in ("", "_schema") else field]


@pytest.mark.parametrize(
    ("method", "url", "good"),
    [write for write in WRITES if write[0] == "POST" and write[:2] not in MAY_BE_EMPTY],
)
def test_missing_field_is_named(send, method, url, good):
    for field in good:
        check(send(method, url, json.dumps({k: v for k, v in good.items() if k != field})), {422}, field)


def test_huge_number_of_fields_is_refused(send):
    body = json.dumps({f"field{n}": n for n in range(20_000)})

    check(send("POST", "/api/v1/auth/register", body), {422}, "body")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=", "page"),
        ("page=one", "page"),
        ("page=1.0", "page"),
        ("page=1e3", "page"),
        ("page=%2B1", "page"),
        ("page=%D9%A1", "page"),
        ("page=10000001", "page"),
        ("page=99999999999999999999999999", "page"),
        ("page=%00", "page"),
        ("per_page=0", "per_page"),
        ("per_page=-5", "per_page"),
        ("per_page=all", "per_page"),
        ("search=%00", "search"),
        ("search=%FF", "search"),
        ("search=%ED%A0%80", "search"),
        ("search=%zz", "search"),
        ("search=50%", "search"),
        ("search=" + "x" * 101, "search"),
        ("sort=password_hash", "sort"),
        ("sort=name,", "sort"),
        ("order=up", "order"),
        ("role=root", "role"),
        ("role=", "role"),
        ("disabled=perhaps", "disabled"),
        ("email_verified=", "email_verified"),
        ("created_from=yesterday", "created_from"),
        ("created_from=2026-11-20T10:00:00", "created_from"),
        ("created_to=2026-02-30", "created_to"),
        ("created_to=2026-11-20T10:00:00+01:00", "created_to"),
        ("Page=1", "Page"),
        ("search[]=x", "search[]"),
    ],
)
def test_bad_query_is_refused_by_the_name_of_its_parameter(client, admin, query, field):
    check(client.get(f"/api/v1/users?{query}", headers=admin.headers), {422}, field)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("user_id=0", "user_id"),
        ("user_id=one", "user_id"),
        ("actor_id=9999999999999999999", "actor_id"),
        ("action=nonsense", "action"),
        ("action=signed_in,", "action"),
        ("action=", "action"),
        ("action=%00", "action"),
        ("address=", "address"),
        ("address=localhost", "address"),
        ("address=10.0.0.0/8", "address"),
        ("address=10.0.0.256", "address"),
        ("address=fe80::1%25%00", "address"),
        ("address=" + "1" * 50, "address"),
        ("session_id=", "session_id"),
        ("session_id=" + "x" * 41, "session_id"),
        ("request_id=%00", "request_id"),
        ("request_id=" + "x" * 129, "request_id"),
        ("from=today", "from"),
        ("to=2026-13-01", "to"),
        ("cursor=", "cursor"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=" + "A" * 6000, "cursor"),
        ("per_page=0", "per_page"),
        ("page=2", "page"),
        ("sort=id", "sort"),
        ("occurred_from=2026-11-20", "occurred_from"),
    ],
)
def test_bad_query_of_the_audit_log_is_refused_by_the_name_of_its_parameter(client, admin, query, field):
    check(client.get(f"/api/v1/audit?{query}", headers=admin.headers), {422}, field)


@pytest.mark.parametrize(
    "search", ["%", "_", "%%", "\\", "'", '"', "' OR 1=1 --", ";", "$1", ":x", "{}", "\u202e", "\U0001f600"]
)
def test_search_of_any_characters_is_answered(client, admin, search):
    assert client.get("/api/v1/users", query_string={"search": search}, headers=admin.headers).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "user_id",
    [
        "0",
        "-1",
        "abc",
        "1.5",
        "9223372036854775808",
        "9" * 50,
        "%00",
        "%FF",
        "1%2F2",
        "..",
        "+1",
        "%D9%A1",
        "null",
        "1 OR 1=1",
        "%zz",
    ],
)
def test_path_without_an_id_is_not_found(client, admin, method, user_id):
    response = client.open(f"/api/v1/users/{user_id}", method=method, json={"name": "A"}, headers=admin.headers)

    check(response, {404})


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("DELETE", "/api/v1/users"),
        ("POST", "/api/v1/users/profile"),
        ("POST", "/api/v1/users/1"),
        ("GET", "/api/v1/users/1/disable"),
        ("GET", "/api/v1/users/1/sessions"),
        ("DELETE", "/api/v1/audit"),
        ("POST", "/api/v1/users/profile/export"),
        ("GET", "/api/v1/auth/login"),
        ("PUT", "/api/v1/auth/register"),
        ("GET", "/api/v1/auth/logout"),
        ("POST", "/api/v1/auth/me"),
    ],
)
def test_method_that_an_address_does_not_take_is_told(client, admin, method, url):
    response = client.open(url, method=method, headers=admin.headers)

    check(response, {405})
    assert response.headers["Allow"]
