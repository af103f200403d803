"""Listing, searching and reading users."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from auth_service.extensions import db
from auth_service.users.models import User

URL = "/api/v1/users"


def test_list_users_shows_the_newest_first(client, admin, add_person):
    people = [add_person() for _ in range(3)]

    response = client.get(URL, headers=admin.headers)

    assert response.status_code == 200
    assert [user["id"] for user in response.get_json()["data"]] == [*(p.id for p in reversed(people)), admin.id]


def test_list_users_in_pages(client, admin, add_person):
    for _ in range(4):
        add_person()

    response = client.get(f"{URL}?page=2&per_page=2", headers=admin.headers)

    assert response.get_json()["pagination"] == {
        "page": 2,
        "per_page": 2,
        "total_items": 5,
        "total_pages": 3,
        "has_next": True,
        "has_prev": True,
    }
    assert len(response.get_json()["data"]) == 2
    assert response.headers["X-Total-Count"] == "5"
    assert 'rel="next"' in response.headers["Link"]


def test_list_users_past_the_end_is_empty(client, admin):
    response = client.get(f"{URL}?page=10000000&per_page=1000000", headers=admin.headers)

    assert response.status_code == 200
    assert response.get_json()["data"] == []
    assert response.get_json()["pagination"]["per_page"] == 100


@pytest.mark.parametrize(
    "term", ["LOVELACE", "love", "ada_l", "ADA_L", "analytical.engine", "@analytical", "L\u00e9", "  Lovelace "]
)
def test_search_finds_part_of_name_username_or_email_in_any_case(client, admin, add_person, term):
    ada = add_person(email="ada@Analytical.engine", username="Ada_L", name="Ada L\u00e9 Lovelace")
    add_person(email="grace@example.org", username="grace", name="Grace Hopper")

    response = client.get(URL, query_string={"search": term}, headers=admin.headers)

    assert [user["id"] for user in response.get_json()["data"]] == [ada.id]
    assert response.get_json()["pagination"]["total_items"] == 1


@pytest.mark.parametrize(
    ("term", "found"), [("%", 1), ("_", 1), ("/", 1), ("\\", 1), ("100%", 1), ("%r", 0), ("a_a", 0)]
)
def test_search_takes_wildcards_literally(client, admin, add_person, term, found):
    add_person(email="one@example.org", name=r"100% of_a / and \ here")
    add_person(email="ada@example.org", name="Ada")

    response = client.get(URL, query_string={"search": term}, headers=admin.headers)

    assert response.get_json()["pagination"]["total_items"] == found


def test_empty_search_finds_everybody(client, admin):
    response = client.get(f"{URL}?search=", headers=admin.headers)

    assert response.get_json()["pagination"]["total_items"] == 1


def test_link_of_a_searched_page_keeps_the_search(client, admin, add_person):
    for _ in range(2):
        add_person(name="Ada")

    response = client.get(f"{URL}?search=ada&per_page=1", headers=admin.headers)

    assert "search=ada" in response.headers["Link"]


def test_list_users_is_for_admins(client, member):
    response = client.get(URL, headers=member.headers)

    assert response.status_code == 403
    assert response.get_json()["error"]["code"] == "insufficient_scope"
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]
    assert client.get(URL).status_code == 401


def test_show_user_as_admin(client, admin, member):
    response = client.get(member.url, headers=admin.headers)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    shown = response.get_json()["data"]
    assert shown.pop("created_at").endswith("Z")
    assert shown.pop("updated_at").endswith("Z")
    assert shown == {
        "id": member.id,
        "email": "Ada@Example.org",
        "username": "ada",
        "name": "Ada Lovelace",
        "role": "user",
        "email_verified_at": None,
        "disabled_at": None,
        "version": 1,
        "links": {"self": member.url},
    }


def test_show_oneself(client, member):
    assert client.get(member.url, headers=member.headers).get_json()["data"]["id"] == member.id


def test_show_another_user_is_forbidden_whether_or_not_it_exists(client, member, admin):
    for url in (admin.url, "/api/v1/users/999999999"):
        response = client.get(url, headers=member.headers)

        assert response.status_code == 403
        assert response.get_json()["error"]["code"] == "forbidden"


def test_show_unknown_user_as_admin_is_not_found(client, admin):
    response = client.get("/api/v1/users/999999999", headers=admin.headers)

    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "user_not_found"


def test_show_profile_is_the_caller(client, member, admin):
    assert client.get(f"{URL}/profile", headers=member.headers).get_json()["data"]["id"] == member.id
    assert client.get(f"{URL}/profile", headers=admin.headers).get_json()["data"]["id"] == admin.id
    assert client.get(f"{URL}/profile").status_code == 401


@pytest.fixture(name="crowd")
def _crowd(client, admin, add_person, app):
    """People who differ in everything that can be asked for, as ids by name."""
    people = {
        "Zoe": add_person(name="zoe", username="b", email="C@example.org"),
        "Ada": add_person("librarian", name="Ada", username="C", email="b@example.org"),
        "Nobody": add_person(email="a@example.org"),
        "Off": add_person("librarian", name="off", username="a", email="d@example.org"),
    }
    with app.app_context():
        for days, person in enumerate(people.values()):
            made = datetime(2026, 1, 1 + days, 12, tzinfo=UTC)
            verified = made if days % 2 == 0 else None
            values = {"created_at": made, "updated_at": made, "email_verified_at": verified}
            db.session.execute(update(User).where(User.id == person.id).values(values))
        db.session.commit()
    client.post(f"{people['Off'].url}/disable", headers=admin.headers)
    return {"admin": admin.id} | {name: person.id for name, person in people.items()}


@pytest.fixture(name="names")
def _names(client, admin, crowd):
    """Return a function that lists whom a query finds, by name."""
    by_id = {user_id: name for name, user_id in crowd.items()}

    def names(query):
        response = client.get(f"{URL}?{query}", headers=admin.headers)
        assert response.status_code == 200, response.get_json()
        assert response.get_json()["pagination"]["total_items"] == len(response.get_json()["data"])
        return [by_id[user["id"]] for user in response.get_json()["data"]]

    return names


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("role=librarian", ["Off", "Ada"]),
        ("role=admin", ["admin"]),
        ("disabled=true", ["Off"]),
        ("disabled=no", ["admin", "Nobody", "Ada", "Zoe"]),
        ("email_verified=1", ["Nobody", "Zoe"]),
        ("email_verified=false", ["admin", "Off", "Ada"]),
        ("created_from=2026-01-03T12:00:00Z&created_to=2026-01-04", ["Off", "Nobody"]),
        ("created_from=2026-01-03T12:00:00.000001Z&created_to=2026-01-04", ["Off"]),
        ("created_to=2026-01-02", ["Ada", "Zoe"]),
        ("created_to=2026-01-02T13:59:59%2B02:00", ["Zoe"]),
        ("created_from=9999-12-31", []),
        ("search=example&role=librarian&disabled=false&email_verified=false&created_to=2026-12-31", ["Ada"]),
        ("role=user&disabled=true", []),
    ],
)
def test_list_users_meets_every_filter_that_is_given(names, query, found):
    assert names(query) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("sort=created_at", ["Zoe", "Ada", "Nobody", "Off", "admin"]),
        ("sort=-created_at", ["admin", "Off", "Nobody", "Ada", "Zoe"]),
        ("order=asc", ["Zoe", "Ada", "Nobody", "Off", "admin"]),
        ("sort=email", ["Nobody", "admin", "Ada", "Zoe", "Off"]),
        ("sort=email&order=desc", ["Off", "Zoe", "Ada", "admin", "Nobody"]),
        ("sort=username", ["Off", "Zoe", "Ada", "admin", "Nobody"]),
        ("sort=-username", ["admin", "Ada", "Zoe", "Off", "Nobody"]),
        ("sort=name", ["Ada", "Off", "Zoe", "admin", "Nobody"]),
        ("sort=-name", ["Zoe", "Off", "Ada", "Nobody", "admin"]),
        ("sort=name,-id", ["Ada", "Off", "Zoe", "Nobody", "admin"]),
        ("sort=updated_at&role=user", ["Zoe", "Nobody"]),
    ],
)
def test_list_users_in_any_order_ignores_case_and_puts_the_nameless_last(names, sort, found):
    assert names(sort) == found


def test_list_users_in_an_unknown_order_says_which_there_are(client, admin):
    response = client.get(f"{URL}?sort=last_seen", headers=admin.headers)

    assert response.status_code == 422
    assert response.get_json()["error"]["details"] == {
        "sort": ["Must be made of: created_at, email, id, name, updated_at, username."]
    }


def test_link_of_a_filtered_page_keeps_filters_and_order(client, admin, add_person):
    for _ in range(2):
        add_person()

    link = client.get(f"{URL}?role=user&sort=-email&per_page=1", headers=admin.headers).headers["Link"]

    assert "role=user&sort=-email&per_page=1&page=2" in link
