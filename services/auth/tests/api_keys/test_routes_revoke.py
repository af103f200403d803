"""Revoking API keys."""

ME = "/api/v1/auth/me"


def test_revoked_key_is_refused_at_once_and_stays_listed(client, member, make_key, exchange, recorded):
    key = make_key(member)
    headers = {"Authorization": f"Bearer {exchange(key['secret']).headers['X-Access-Token']}"}
    assert client.get(ME, headers=headers).status_code == 200

    assert client.delete(key["links"]["self"], headers=member.headers).status_code == 204

    assert client.get(ME, headers=headers).get_json()["error"]["code"] == "token_revoked"
    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_revoked"
    (listed,) = client.get("/api/v1/api-keys", headers=member.headers).get_json()["data"]
    assert listed["revoked_at"] is not None
    (event,) = recorded("api_key_revoked")
    assert (event.user_id, event.actor_id, event.details["api_key"]) == (member.id, member.id, key["id"])


def test_revoking_ends_the_secret_before_a_rotation_too(client, member, make_key, exchange):
    key = make_key(member)
    client.post(key["links"]["self"] + "/rotate", headers=member.headers)

    client.delete(key["links"]["self"], headers=member.headers)

    assert exchange(key["secret"]).headers["X-Error-Code"] == "api_key_revoked"


def test_revoking_twice_changes_nothing(client, member, admin, make_key, recorded):
    key = make_key(member)
    client.delete(key["links"]["self"], headers=member.headers)
    first = client.get(key["links"]["self"], headers=member.headers).get_json()["data"]

    assert client.delete(key["links"]["self"], headers=admin.headers).status_code == 204

    assert client.get(key["links"]["self"], headers=member.headers).get_json()["data"] == first
    assert len(recorded("api_key_revoked")) == 1


def test_admin_who_revokes_is_named_in_the_audit_log(client, member, admin, make_key, recorded):
    client.delete(make_key(member)["links"]["self"], headers=admin.headers)

    (event,) = recorded("api_key_revoked")
    assert (event.user_id, event.actor_id) == (member.id, admin.id)


def test_other_keys_of_the_owner_go_on(client, member, make_key, exchange):
    first, second = make_key(member), make_key(member)

    client.delete(first["links"]["self"], headers=member.headers)

    assert exchange(second["secret"]).status_code == 204


def test_revocation_outlives_an_emptied_redis(app, client, member, make_key, exchange, empty_redis):
    """Auth asks its database, and the reconciler has the row from which it tells Redis again."""
    key = make_key(member)
    headers = {"Authorization": f"Bearer {exchange(key['secret']).headers['X-Access-Token']}"}
    client.delete(key["links"]["self"], headers=member.headers)

    app.extensions["revocations"]._client.flushdb()

    assert client.get(ME, headers=headers).get_json()["error"]["code"] == "token_revoked"
