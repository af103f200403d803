"""The endpoints of second factors against bad input."""

import pytest

LOGIN = "/api/v1/auth/login/mfa"
TOTP = "/api/v1/auth/mfa/totp"
GOOD = {
    ("POST", LOGIN): {"challenge": "unknown", "code": "123456"},
    ("POST", TOTP): {"current_password": "x"},
    ("POST", f"{TOTP}/confirm"): {"code": "123456"},
    ("DELETE", TOTP): {"current_password": "x", "code": "123456"},
    ("POST", "/api/v1/auth/mfa/recovery-codes"): {"code": "123456"},
}
WRONG_CODES = ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", "-12345", "1e5000", "1" * 5000]
WRONG_VALUES = [1, 123456, 1.5, True, None, [], {}, "nul \x00 here", "x" * 5000]


@pytest.fixture(name="send")
def _send(client, member):
    def send(method, url, body):
        return client.open(url, method=method, json=body, headers={} if url == LOGIN else member.headers)

    return send


def problems(response):
    assert response.status_code == 422, response.get_json()
    return list(response.get_json()["error"]["details"])


@pytest.mark.parametrize(("method", "url"), GOOD)
@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: repr(value)[:20])
def test_wrong_value_is_refused_by_the_name_of_its_field(send, method, url, value):
    good = GOOD[method, url]
    for field in good:
        assert problems(send(method, url, {**good, field: value})) == [field]


@pytest.mark.parametrize(("method", "url"), [key for key, body in GOOD.items() if "code" in body])
@pytest.mark.parametrize("code", WRONG_CODES, ids=lambda value: repr(value)[:20])
def test_code_that_is_not_six_digits_is_refused(send, method, url, code):
    assert problems(send(method, url, {**GOOD[method, url], "code": code})) == ["code"]


@pytest.mark.parametrize(("method", "url"), GOOD)
def test_missing_and_unknown_fields_are_named(send, method, url):
    good = GOOD[method, url]

    assert set(problems(send(method, url, {}))) == set(good)
    assert problems(send(method, url, {**good, "user_id": 1})) == ["user_id"]


@pytest.mark.parametrize(("method", "url"), [("POST", LOGIN), ("DELETE", TOTP)])
@pytest.mark.parametrize("code", ["", "short", "uuuuu-uuuuu", "01k3z98gh7" * 4, 5, None])
def test_recovery_code_that_spells_none_is_refused(send, method, url, code):
    body = {name: value for name, value in GOOD[method, url].items() if name != "code"}

    assert problems(send(method, url, {**body, "recovery_code": code})) == ["recovery_code"]


@pytest.mark.parametrize(("method", "url"), [("POST", LOGIN), ("DELETE", TOTP)])
def test_two_codes_at_once_are_refused(send, method, url):
    assert problems(send(method, url, {**GOOD[method, url], "recovery_code": "01k3z-98gh7"})) == ["recovery_code"]


@pytest.mark.parametrize(("method", "url"), GOOD)
def test_body_that_is_no_json_object_is_refused(client, member, method, url):
    for body, content_type, status in (
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"code=1", "application/x-www-form-urlencoded", 415),
    ):
        response = client.open(url, method=method, data=body, content_type=content_type, headers=member.headers)
        assert response.status_code == status
