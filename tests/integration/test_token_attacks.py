"""Tokens that are not what they claim to be, sent to both services through the gateway."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable

import pytest
from customer import Customer
from forger import PUBLIC_KEY, Forger, encoded
from program import Program, error_of, make_key
from stack import Stack

# What a member may do in each service, and public reading, where a bad token is refused too.
CALLS = [
    ("GET", "/api/v1/auth/me", None, 200),
    ("GET", "/api/v1/auth/health", None, 200),
    ("PATCH", "/api/v1/users/profile", {"name": "Forged"}, 200),
    ("GET", "/api/v1/books?per_page=1", None, 200),
    ("POST", "/api/v1/books", {"title": "Forged"}, 201),
]
NAMES = [f"{method} {path}" for method, path, _, _ in CALLS]
INVALID_TOKEN = 'Bearer realm="colophon", error="invalid_token"'
CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti", "sid", "role", "scope", "epoch", "via"]
NONE = ["none", "None", "NONE", "nOnE", ""]
KIDS = [
    "unknown",
    "",
    "../../../../etc/passwd",
    "/dev/null",
    "..\\..\\ring.json",
    "ring.json",
    "' OR '1'='1",
    "x' UNION SELECT 'secret' --",
    "a\x00b",
    "$(id)",
    "http://127.0.0.1/",
    5,
    None,
    ["a"],
    {"a": "b"},
]

ATTACKS: dict[str, Callable[[Forger], str]] = {
    **{f"alg {name!r}, no signature": lambda f, name=name: f.kept(header={"alg": name}, signature="") for name in NONE},
    **{f"alg {name!r}, signature kept": lambda f, name=name: f.kept(header={"alg": name}) for name in NONE},
    **{f"alg {name!r}, right key": lambda f, name=name: f.signed(header={"alg": name}) for name in NONE},
    **{
        f"alg {name}, right key": lambda f, name=name: f.signed(header={"alg": name})
        for name in ("HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "hs256", ["HS256"])
    },
    "HS256 with a public key for a secret": lambda f: f.signed(secret=PUBLIC_KEY),
    "RS256 with a public key for a secret": lambda f: f.signed(secret=PUBLIC_KEY, header={"alg": "RS256"}),
    "another key": lambda f: f.signed(secret="x" * 64),
    "an empty key": lambda f: f.signed(secret=""),
    "no signature": lambda f: f.kept(signature=""),
    "a signature of another token": lambda f: f.kept(signature=f.signed(jti="another").rpartition(".")[2]),
    "another role": lambda f: f.kept(role="admin"),
    "other scopes": lambda f: f.kept(scope="books:admin users:admin"),
    "another user": lambda f: f.kept(sub=str(int(f.claims["sub"]) + 1)),
    "a later end": lambda f: f.kept(exp=f.claims["exp"] + 86_400),
    "the role twice": lambda f: f.written(json.dumps(f.header), '{"role":"admin",' + json.dumps(f.claims)[1:]),
    "the kid twice": lambda f: f.written('{"kid":"unknown",' + json.dumps(f.header)[1:], json.dumps(f.claims)),
    "a key in the token": lambda f: f.signed(
        secret="x" * 32, header={"jwk": {"kty": "oct", "k": encoded("x" * 32)}, "jku": "http://127.0.0.1/"}
    ),
    "something critical": lambda f: f.signed(header={"crit": ["exp"]}),
    "a payload that is not encoded": lambda f: f.signed(header={"crit": ["b64"], "b64": False}),
    **{f"kid {kid!r}": lambda f, kid=kid: f.signed(header={"kid": kid}) for kid in KIDS},
    **{f"typ {kind!r}": lambda f, kind=kind: f.signed(header={"typ": kind}) for kind in ("JWT", "st+jwt", "", None, 5)},
    **{f"no {claim}": lambda f, claim=claim: f.signed(**{claim: None}) for claim in CLAIMS},
    "another issuer": lambda f: f.signed(iss="https://issuer.example"),
    "another audience": lambda f: f.signed(aud="another"),
    "two audiences": lambda f: f.signed(aud=[f.claims["aud"], "another"]),
    "a service token": lambda f: f.signed(header={"typ": "st+jwt"}, sub="service:auth", aud="colophon-internal"),
    "claims of a service": lambda f: f.signed(sub="service:auth", aud="colophon-internal"),
    "not valid yet": lambda f: f.signed(nbf=int(time.time()) + 120),
    "from the future": lambda f: f.signed(iat=int(time.time()) + 120),
    "an end as text": lambda f: f.signed(exp=str(f.claims["exp"])),
    "an end as a float": lambda f: f.signed(exp=float(f.claims["exp"])),
    "no end": lambda f: f.signed(exp=10**30),
    "a number for a user": lambda f: f.signed(sub=int(f.claims["sub"])),
    "SQL for a user": lambda f: f.signed(sub="1 OR 1=1"),
    "SQL for a session": lambda f: f.signed(sid="' OR '1'='1"),
    "padding": lambda f: f.token + "=",
    "five parts": lambda f: f"{f.token}.e30.e30",
    "two parts": lambda f: f.token.rpartition(".")[0],
    "the token twice": lambda f: f"{f.token}{f.token}",
    "5 kB, right key": lambda f: f.signed(padding="x" * 5_000),
    "no token at all": lambda _: "",
}


@pytest.fixture(scope="module", name="person")
def _person(stack: Stack) -> Customer:
    return Customer(stack.base_url).register()


@pytest.fixture(scope="module", name="forger")
def _forger(stack: Stack, person: Customer) -> Forger:
    assert person.access_token is not None
    return Forger(stack.secrets_dir / "signing-keys" / "ring.json", person.access_token)


def send(customer: Customer, call: tuple[str, str, dict[str, str] | None, int], token: str) -> tuple[int, str, str]:
    """Return status, error code and challenge of the answer to ``call`` with ``token``."""
    method, path, body, _ = call
    answer = customer.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
    code = "" if answer.ok else answer.json()["error"]["code"]
    return answer.status_code, code, answer.headers.get("WWW-Authenticate", "")


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_tokens_that_are_spoiled_below_are_good_ones(visitor: Customer, forger: Forger, call: tuple) -> None:
    for token in (forger.token, forger.signed(), forger.kept(), forger.signed(iat=int(time.time()) + 20)):
        assert send(visitor, call, token) == (call[3], "", "")


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_forged_token_is_refused(visitor: Customer, forger: Forger, call: tuple, attack: str) -> None:
    assert send(visitor, call, ATTACKS[attack](forger)) == (401, "token_invalid", INVALID_TOKEN)


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_expired_token_is_told_as_such(visitor: Customer, forger: Forger, call: tuple) -> None:
    token = forger.signed(exp=int(time.time()) - 31)

    assert send(visitor, call, token) == (401, "token_expired", INVALID_TOKEN)
    # Its claims are nobody's to change all the same.
    assert send(visitor, call, forger.kept(exp=1))[1] == "token_invalid"


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_refresh_token_is_no_access_token(visitor: Customer, person: Customer, call: tuple) -> None:
    assert send(visitor, call, person.refresh_token or "") == (401, "token_invalid", INVALID_TOKEN)


def test_access_token_is_no_refresh_token(visitor: Customer, person: Customer) -> None:
    as_bearer = visitor.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {person.access_token}"})
    in_the_body = visitor.post("/api/v1/auth/refresh", {"refresh_token": person.access_token})

    for answer in (as_bearer, in_the_body):
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "refresh_token_invalid")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_token_of_100_kilobytes_is_refused_by_the_gateway(visitor: Customer, forger: Forger, call: tuple) -> None:
    assert send(visitor, call, forger.signed(padding="x" * 100_000)) == (431, "headers_too_large", "")


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
@pytest.mark.parametrize("order", ["good first", "good last", "good twice"])
def test_two_authorization_headers_are_refused(stack: Stack, forger: Forger, call: tuple, order: str) -> None:
    method, path, body, _ = call
    bad = forger.kept(role="admin")
    tokens = {"good first": [forger.token, bad], "good last": [bad, forger.token], "good twice": [forger.token] * 2}
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    connection.putrequest(method, path)
    for token in tokens[order]:
        connection.putheader("Authorization", f"Bearer {token}")
    content = b"" if body is None else json.dumps(body).encode()
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(content)))
    connection.endheaders(content)
    answer = connection.getresponse()
    error = json.load(answer)["error"]
    connection.close()

    assert (answer.status, error["code"]) == (400, "bad_request")


def test_nothing_was_done_with_forged_tokens_and_nobody_signed_out(person: Customer) -> None:
    """Runs after the others of this file: their controls changed the name, and nothing else ever did."""
    me = person.get("/api/v1/auth/me").json()["data"]

    assert (me["role"], me["email"]) == ("user", person.email)
    assert len(person.get("/api/v1/auth/sessions").json()["data"]) == 1


def sign_out(person: Customer, _admin: Customer) -> None:
    """End the session."""
    assert person.post("/api/v1/auth/logout").status_code == 204


def revoke(person: Customer, _admin: Customer) -> None:
    """End the session as a standard client does."""
    assert (
        Customer(person.base_url).post("/api/v1/auth/revoke", data={"token": person.refresh_token}).status_code == 200
    )


def delete(person: Customer, admin: Customer) -> None:
    """Delete the account."""
    assert admin.delete(f"/api/v1/users/{person.user['id']}").status_code == 204


@pytest.mark.parametrize("end", [sign_out, revoke, delete])
@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_token_that_was_ended_is_refused(
    member: Customer, admin: Customer, call: tuple, end: Callable[[Customer, Customer], None]
) -> None:
    token = member.access_token or ""
    assert send(member, call, token)[0] == call[3]

    end(member, admin)

    assert send(Customer(member.base_url), call, token) == (401, "token_revoked", INVALID_TOKEN)


def test_another_service_learns_of_a_token_what_the_database_knows(
    stack: Stack, member: Customer, admin: Customer
) -> None:
    def introspected(token: str | None) -> dict:
        return admin.post("/api/v1/auth/introspect", data={"token": token}).json()

    told = introspected(member.access_token)
    assert (told["active"], told["sub"], told["token_type"]) == (True, str(member.user["id"]), "Bearer")
    assert introspected(member.refresh_token)["token_type"] == "refresh_token"

    with stack.without("redis", "stop"):
        sign_out(member, admin)
        assert introspected(member.access_token) == {"active": False}
        assert introspected(member.refresh_token) == {"active": False}


def test_another_service_asks_with_an_api_key(stack: Stack, member: Customer, admin: Customer) -> None:
    asking, reading = (
        Program(stack.base_url, make_key(admin, scopes=[scope])["secret"])
        for scope in ("tokens:introspect", "books:read")
    )
    told = asking.post("/api/v1/auth/introspect", data={"token": member.access_token})

    assert (told.status_code, told.json()["active"]) == (200, True)
    refused = reading.post("/api/v1/auth/introspect", data={"token": member.access_token})
    assert error_of(refused) == (403, "insufficient_scope")


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_api_key_and_access_token_do_not_pass_for_each_other(
    stack: Stack, visitor: Customer, member: Customer, call: tuple
) -> None:
    method, path, body, _ = call
    secret = make_key(member)["secret"]
    assert send(visitor, call, secret) == (401, "token_invalid", INVALID_TOKEN)

    refused = Program(stack.base_url, member.access_token or "").request(method, path, json=body)
    assert error_of(refused) == (401, "api_key_unknown")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="colophon"'


def test_introspection_is_for_who_holds_the_scope(visitor: Customer, member: Customer) -> None:
    refused = member.post("/api/v1/auth/introspect", data={"token": member.access_token})
    anonymous = visitor.post("/api/v1/auth/introspect", data={"token": member.access_token})

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    scope = 'Bearer realm="colophon", error="insufficient_scope", scope="tokens:introspect"'
    assert refused.headers["WWW-Authenticate"] == scope
    assert (anonymous.status_code, anonymous.headers["WWW-Authenticate"]) == (401, 'Bearer realm="colophon"')
