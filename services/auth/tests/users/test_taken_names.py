"""How quickly a member can ask which names are taken."""

import pytest

PROFILE = "/api/v1/users/profile"


@pytest.mark.parametrize("own", ["profile", "id"])
def test_member_who_asks_for_taken_names_has_to_wait(client, member, admin, own):
    url = PROFILE if own == "profile" else member.url
    taken = {"email": "ADMIN@example.org", "current_password": member.password}
    assert client.patch(url, json=taken, headers=member.headers).get_json()["error"]["code"] == "email_already_taken"
    answers = [client.patch(url, json={"username": "the.admin"}, headers=member.headers) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [409] * 9 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3600


def test_changes_that_meet_no_taken_name_are_not_counted(client, member, admin):
    for number in range(12):
        response = client.patch(PROFILE, json={"username": f"ada{number}"}, headers=member.headers)
        assert response.status_code == 200
    assert client.patch(PROFILE, json={"username": "the.admin"}, headers=member.headers).status_code == 409


def test_admins_who_may_list_all_names_do_not_wait(client, admin, member):
    answers = [client.patch(PROFILE, json={"username": "ada"}, headers=admin.headers) for _ in range(12)]

    assert {answer.status_code for answer in answers} == {409}
