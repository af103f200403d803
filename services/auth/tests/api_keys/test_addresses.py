"""Networks: how they are written, and which address lies in which."""

import pytest

from auth_service.api_keys.addresses import is_allowed, neighbourhood, normalized_network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("2001:DB8::1", "2001:db8::1/128"),
        ("2001:db8:0:0:1::/64", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_network_has_one_spelling(text, network):
    assert normalized_network(text) == network
    assert normalized_network(network) == network


@pytest.mark.parametrize(
    "text", ["", "here", "192.0.2.256", "192.0.2.1/33", "192.0.2", "fe80::1%eth0", "10.0.0.0/", "::/129", "1", "*"]
)
def test_what_is_no_network_is_refused(text):
    assert normalized_network(text) is None


@pytest.mark.parametrize(
    ("address", "networks", "allowed"),
    [
        ("192.0.2.1", [], True),
        (None, [], True),
        ("192.0.2.1", ["192.0.2.0/24"], True),
        ("192.0.3.1", ["192.0.2.0/24"], False),
        ("192.0.3.1", ["192.0.2.0/24", "192.0.3.1/32"], True),
        ("::ffff:192.0.2.1", ["192.0.2.0/24"], True),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db8::1", ["0.0.0.0/0"], False),
        ("192.0.2.1", ["::/0"], False),
        (None, ["0.0.0.0/0"], False),
        ("unknown", ["0.0.0.0/0", "::/0"], False),
        ("fe80::1%eth0", ["fe80::/10"], True),
    ],
)
def test_address_is_allowed_if_a_network_holds_it(address, networks, allowed):
    assert is_allowed(address, networks) is allowed


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, None),
        ("unknown", None),
    ],
)
def test_neighbours_in_ipv6_count_as_one(address, expected):
    assert neighbourhood(address) == expected
