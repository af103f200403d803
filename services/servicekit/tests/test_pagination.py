"""Pages of lists and the order of their rows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from servicekit.envelope import ValidationFailed
from servicekit.pagination import Page, PageQuerySchema, PageRequest, SortQuerySchema, page_request, sort_keys

app = Flask(__name__)

ALLOWED = ("title", "year", "created_at")


def requested(**query):
    return page_request(PageQuerySchema().load(query))


def links(page, address="/api/v1/books"):
    with app.test_request_context(address):
        header = page.headers()["Link"]
    return {relation: target for target, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


def order(default="-created_at", **query):
    return sort_keys(SortQuerySchema().load(query), ALLOWED, default)


def test_first_page_of_twenty_is_the_default():
    assert requested() == PageRequest(1, 20)
    assert requested().offset == 0


@given(st.integers(min_value=1, max_value=10_000_000), st.integers(min_value=1, max_value=10**30))
def test_page_asked_for_is_given_with_a_clamped_size(number, size):
    page = requested(page=str(number), per_page=str(size))

    assert page == PageRequest(number, min(size, 100))
    assert page.offset == (number - 1) * page.per_page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", "10000001"),
        ("page", "x"),
        ("per_page", "0"),
        ("per_page", "-5"),
        ("per_page", ""),
    ],
)
def test_page_that_cannot_be_is_refused_by_its_name(name, value):
    with pytest.raises(ValidationError) as raised:
        requested(**{name: value})

    assert list(raised.value.messages) == [name]


@given(
    st.integers(min_value=0, max_value=10**15),
    st.integers(min_value=1, max_value=10_000_000),
    st.integers(min_value=1, max_value=100),
)
def test_members_and_links_of_a_page_agree(total, number, per_page):
    page = Page([], PageRequest(number, per_page), total)
    told, linked = page.pagination(), links(page)

    assert (told["page"], told["per_page"], told["total_items"]) == (number, per_page, total)
    assert (told["total_pages"] - 1) * per_page < max(total, 1) <= max(told["total_pages"], 1) * per_page
    assert told["has_next"] is ("next" in linked)
    assert told["has_prev"] is ("prev" in linked)
    for target in linked.values():
        (linked_number,) = parse_qs(urlsplit(target).query)["page"]
        assert 1 <= int(linked_number) <= max(told["total_pages"], 1)


def test_page_in_the_middle_links_to_its_neighbours_and_the_ends():
    assert links(Page([], PageRequest(2, 10), 31)) == {
        "first": "/api/v1/books?page=1",
        "prev": "/api/v1/books?page=1",
        "next": "/api/v1/books?page=3",
        "last": "/api/v1/books?page=4",
    }


def test_page_past_the_end_leads_back_to_the_last():
    page = Page([], PageRequest(9, 10), 31)

    assert links(page)["prev"] == "/api/v1/books?page=4"
    assert page.pagination()["has_prev"] is True


def test_empty_list_has_no_pages_but_a_first_link():
    page = Page([], PageRequest(1, 10), 0)

    assert page.pagination()["total_pages"] == 0
    assert links(page) == {"first": "/api/v1/books?page=1", "last": "/api/v1/books?page=1"}


def test_links_keep_the_query_and_are_encoded():
    found = links(Page([], PageRequest(1, 10), 11), "/api/v1/tags/%C3%A9t%C3%A9%3E?q=a%26b&q=%C3%A9&page=1&per_page=10")

    assert found["next"] == "/api/v1/tags/%C3%A9t%C3%A9%3E?q=a%26b&q=%C3%A9&per_page=10&page=2"


def test_total_is_told_in_a_header():
    with app.test_request_context("/"):
        assert Page([], PageRequest(1, 10), 31).headers()["X-Total-Count"] == "31"


def test_mapped_page_is_the_same_page_of_other_items():
    page = Page([1, 2], PageRequest(1, 10), 2)

    assert page.mapped(str) == Page(["1", "2"], PageRequest(1, 10), 2)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({}, [("created_at", True)]),
        ({"order": "asc"}, [("created_at", False)]),
        ({"order": "desc"}, [("created_at", True)]),
        ({"sort": "title"}, [("title", False)]),
        ({"sort": "title", "order": "desc"}, [("title", True)]),
        ({"sort": "-title", "order": "asc"}, [("title", True)]),
        ({"sort": "-year,title"}, [("year", True), ("title", False)]),
        ({"sort": "-year, title", "order": "desc"}, [("year", True), ("title", True)]),
    ],
)
def test_order_is_read_in_both_notations(query, keys):
    assert order(**query) == keys


def test_order_alone_turns_every_field_of_the_default():
    assert order("-year,-title", order="asc") == [("year", False), ("title", False)]
    assert order("-year,title", order="desc") == [("year", True), ("title", True)]


@pytest.mark.parametrize("sort", ["colour", "title,colour", "--title", "title,", ",", "-", "TITLE", "title desc", "id"])
def test_unknown_sort_is_refused_with_what_there_is(sort):
    with pytest.raises(ValidationFailed) as raised:
        order(sort=sort)

    assert raised.value.details == {"sort": ["Must be made of: created_at, title, year."]}


def test_field_named_twice_is_refused():
    with pytest.raises(ValidationFailed) as raised:
        order(sort="title,-title")

    assert raised.value.details == {"sort": ["title is named twice."]}


@pytest.mark.parametrize("value", ["", "up", "DESC", "descending"])
def test_unknown_direction_is_refused(value):
    with pytest.raises(ValidationError) as raised:
        order(order=value)

    assert raised.value.messages == {"order": ["Must be asc or desc."]}


def test_link_that_would_outgrow_a_header_is_left_out():
    with app.test_request_context("/api/v1/books", query_string={"search": "\U0001f4d6" * 200}):
        headers = Page([], PageRequest(2, 20), 100).headers()

    assert headers == {"X-Total-Count": "100"}
