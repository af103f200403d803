"""How many SQL statements each route may cost, so that none creeps up unnoticed."""

import pytest

PASSWORD = "correct horse battery"


def cost(statements, request):
    del statements[:]
    response = request()
    assert response.status_code < 300, response.get_json()
    return len(statements)


@pytest.mark.parametrize("count", [1, 30])
def test_list_users_costs_the_same_for_one_and_for_many(client, statements, admin, add_person, count):
    for _ in range(count):
        add_person(name="Ada")

    assert cost(statements, lambda: client.get("/api/v1/users?per_page=50", headers=admin.headers)) == 3
    filters = "search=ada&role=user&disabled=false&email_verified=false&created_from=2026-01-01&sort=-name,email"
    assert cost(statements, lambda: client.get(f"/api/v1/users?{filters}", headers=admin.headers)) == 3
    assert cost(statements, lambda: client.get("/api/v1/audit?per_page=100", headers=admin.headers)) == 2
    assert cost(statements, lambda: client.get("/api/v1/users/profile/activity", headers=admin.headers)) == 2


def test_reading(client, statements, admin, member):
    assert cost(statements, lambda: client.get("/api/v1/auth/me", headers=member.headers)) == 1
    assert cost(statements, lambda: client.get("/api/v1/users/profile", headers=member.headers)) == 2
    assert cost(statements, lambda: client.get(member.url, headers=admin.headers)) == 2


def test_signing_in_and_out(client, statements):
    account = {"email": "ada@example.org", "password": PASSWORD}
    assert cost(statements, lambda: client.post("/api/v1/auth/register", json=account)) == 6
    assert cost(statements, lambda: client.post("/api/v1/auth/login", json=account)) == 8
    tokens = client.post("/api/v1/auth/login", json=account).get_json()["data"]
    assert (
        cost(statements, lambda: client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}))
        == 7
    )
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert cost(statements, lambda: client.post("/api/v1/auth/logout", headers=headers)) == 5


def test_changing(client, statements, admin, member):
    new = {"email": "new@example.org", "password": PASSWORD}
    assert cost(statements, lambda: client.post("/api/v1/users", json=new, headers=admin.headers)) == 7
    assert cost(statements, lambda: client.patch(member.url, json={"name": "A"}, headers=admin.headers)) == 7
    assert cost(statements, lambda: client.patch(member.url, json={"name": "A"}, headers=admin.headers)) == 3
    assert cost(statements, lambda: client.patch(member.url, json={"role": "admin"}, headers=admin.headers)) == 7
    assert cost(statements, lambda: client.delete(member.url, headers=admin.headers)) == 12


def test_api_keys(client, statements, member):
    new = {"name": "importer", "scopes": ["books:read"]}
    assert cost(statements, lambda: client.post("/api/v1/api-keys", json=new, headers=member.headers)) == 6
    key = client.post("/api/v1/api-keys", json=new, headers=member.headers).get_json()["data"]
    url = key["links"]["self"]
    assert cost(statements, lambda: client.get("/api/v1/api-keys", headers=member.headers)) == 3
    assert cost(statements, lambda: client.get(url, headers=member.headers)) == 2
    assert cost(statements, lambda: client.patch(url, json={"name": "other"}, headers=member.headers)) == 6
    assert cost(statements, lambda: client.post(url + "/rotate", headers=member.headers)) == 5

    exchange = lambda: client.get("/internal/api-key-exchange", headers={"X-API-Key": key["secret"]})  # noqa: E731
    assert cost(statements, exchange) == 2
    assert cost(statements, exchange) == 1
    assert cost(statements, lambda: client.delete(url, headers=member.headers)) == 5


def test_tokens_of_others(client, statements, admin, member):
    def ask(token):
        return client.post("/api/v1/auth/introspect", data={"token": token}, headers=admin.headers)

    assert cost(statements, lambda: ask(member.access_token)) == 3
    assert cost(statements, lambda: ask(member.refresh_token)) == 2
    assert cost(statements, lambda: ask("unknown")) == 2
    assert cost(statements, lambda: client.post("/api/v1/auth/revoke", data={"token": "unknown"})) == 1
    assert cost(statements, lambda: client.post("/api/v1/auth/revoke", data={"token": member.refresh_token})) == 5


@pytest.mark.parametrize(
    "name", [{"email": "ada@example.org"}, {"email": "nobody@example.org"}, {"username": "nobody"}]
)
def test_refused_sign_in_costs_the_same_for_known_and_unknown_names(client, statements, member, name):
    def costs(count):
        found = []
        for _ in range(count):
            del statements[:]
            client.post("/api/v1/auth/login", json={**name, "password": "not it at all"})
            found.append(len(statements))
        return found

    # Failed, failed and somebody has to wait from now on, not even made.
    assert costs(4) == [3] * 4
    assert costs(1) == [4]
    assert costs(2) == [2] * 2


def test_recovering(client, statements, member):
    wanted = {"email": member.email}
    assert cost(statements, lambda: client.post("/api/v1/auth/password-reset", json=wanted)) == 1
    assert cost(statements, lambda: client.post("/api/v1/auth/verify-email/resend", json=wanted)) == 1


def test_keeping_somebody_out(client, statements, admin, member):
    assert cost(statements, lambda: client.post(f"{member.url}/disable", headers=admin.headers)) == 10
    assert cost(statements, lambda: client.post(f"{member.url}/disable", headers=admin.headers)) == 3
    assert cost(statements, lambda: client.post(f"{member.url}/enable", headers=admin.headers)) == 7
    assert cost(statements, lambda: client.delete(f"{member.url}/sessions", headers=admin.headers)) == 7


def test_exporting_costs_a_statement_for_each_section(client, statements, member):
    assert cost(statements, lambda: client.get("/api/v1/users/profile/export", headers=member.headers)) == 13
