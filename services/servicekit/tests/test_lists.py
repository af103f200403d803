"""Lists that are read by numbered pages and by cursors alike."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from marshmallow import ValidationError

from servicekit.envelope import ValidationFailed
from servicekit.lists import ListPage, ListQuerySchema, ListRequest, list_request
from servicekit.totals import EXACT, NOT_ASKED, Total

app = Flask(__name__)


def requested(**query):
    return list_request(ListQuerySchema().load(query))


def headers(page, address="/api/v1/things?colour=red&page=2"):
    with app.test_request_context(address):
        return page.headers()


def links(page):
    return {name: url.partition("&")[2] for url, name in re.findall(r'<([^>]*)>; rel="(\w+)"', headers(page)["Link"])}


def test_first_page_of_twenty_is_the_default():
    assert requested() == ListRequest(20, 1, None, None)
    assert requested(page="3", per_page="1000", total="exact") == ListRequest(100, 3, None, "exact")
    assert requested(page="3", per_page="1000").offset == 200


def test_cursor_takes_the_place_of_a_page_and_counts_nothing_unless_asked():
    assert requested(cursor="x") == ListRequest(20, None, "x", "none")
    assert requested(cursor="x", total="estimate").total == "estimate"
    assert requested(cursor="x").offset == 0


def test_page_and_cursor_together_are_refused():
    with pytest.raises(ValidationFailed) as raised:
        requested(cursor="x", page="1")

    assert raised.value.details == {"cursor": ["Cannot be given together with page."]}


@pytest.mark.parametrize("query", [{"total": "all"}, {"total": ""}, {"page": "0"}])
def test_what_cannot_be_is_refused_by_its_name(query):
    with pytest.raises(ValidationError) as raised:
        requested(**query)

    assert list(raised.value.messages) == list(query)


def test_counted_page_in_the_middle_tells_all():
    page = ListPage([1], ListRequest(10, 2), "next", Total(31, EXACT))

    assert page.pagination() == {
        "page": 2,
        "per_page": 10,
        "total_items": 31,
        "total_pages": 4,
        "total_is": "exact",
        "has_next": True,
        "has_prev": True,
        "next_cursor": "next",
    }
    assert headers(page)["X-Total-Count"] == "31"
    assert links(page) == {"first": "page=1", "prev": "page=1", "next": "page=3", "last": "page=4"}


def test_page_whose_list_is_not_counted_links_to_what_is_known():
    page = ListPage([1], ListRequest(10, 2), "next", NOT_ASKED)

    assert {page.pagination()[name] for name in ("total_items", "total_pages")} == {None}
    assert "X-Total-Count" not in headers(page)
    assert links(page) == {"first": "page=1", "prev": "page=1", "next": "page=3"}


def test_page_past_the_end_leads_back_to_the_last():
    page = ListPage([], ListRequest(10, 9), None, Total(31, EXACT))

    assert (page.pagination()["has_next"], page.pagination()["has_prev"]) == (False, True)
    assert links(page) == {"first": "page=1", "last": "page=4", "prev": "page=4"}


def test_page_by_cursor_links_to_the_next_one():
    page = ListPage([1], ListRequest(10, None, "this", "none"), "next", NOT_ASKED)

    assert (page.pagination()["page"], page.pagination()["has_prev"]) == (None, True)
    with app.test_request_context("/api/v1/things?colour=red&cursor=this"):
        assert page.headers() == {"Link": '</api/v1/things?colour=red&cursor=next>; rel="next"'}
        assert ListPage([], page.request, None, NOT_ASKED).headers() == {}


def test_mapped_page_is_the_same_page_of_other_items():
    page = ListPage([1, 2], ListRequest(10), "next", NOT_ASKED, {"more": 1})

    assert page.mapped(str) == ListPage(["1", "2"], ListRequest(10), "next", NOT_ASKED, {"more": 1})
