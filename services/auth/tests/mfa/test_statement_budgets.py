"""How many SQL statements second factors cost."""


def cost(statements, request):
    del statements[:]
    response = request()
    assert response.status_code < 300, response.get_json()
    return len(statements)


def test_sign_in_with_a_second_factor(client, statements, guarded, challenge, forget_steps):
    forget_steps(guarded)
    by_code = {"challenge": challenge, "code": guarded.authenticator.code()}
    assert cost(statements, lambda: client.post("/api/v1/auth/login", json=guarded.name_and_password)) == 6
    assert cost(statements, lambda: client.post("/api/v1/auth/login/mfa", json=by_code)) == 11


def test_refresh_asks_for_the_factor_only_where_it_is_required(client, statements, member, require_factor_of):
    def refresh(token):
        tokens = []

        def post():
            response = client.post("/api/v1/auth/refresh", json={"refresh_token": token})
            tokens.append(response.get_json()["data"]["refresh_token"])
            return response

        return cost(statements, post), tokens[0]

    count, token = refresh(member.refresh_token)
    require_factor_of("user")

    assert refresh(token)[0] == count + 1


def test_reading_the_state(client, statements, guarded):
    assert cost(statements, lambda: client.get("/api/v1/auth/mfa", headers=guarded.headers)) == 2
