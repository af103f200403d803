"""The addresses that an API key may be used from, and those that it was."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

# Of ::ffff:a.b.c.d, an IPv4 address in IPv6 clothes, the bits before the IPv4 address.
MAPPED_BITS = 96
# What one subscriber of IPv6 owns, and changes addresses in.
IPV6_PREFIX = 64

Network = IPv4Network | IPv6Network


def normalized_network(text: str) -> str | None:
    """Return an address or a network in its one spelling, as CIDR; None when ``text`` is neither."""
    # With a zone an address means something on one machine only.
    if "%" in text:
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return str(_unmapped(network))


def is_allowed(address: str | None, networks: Iterable[str]) -> bool:
    """Return whether ``address`` lies in one of the normalised ``networks``; all do when there are none."""
    allowed = [ip_network(network) for network in networks]
    if not allowed:
        return True
    found = _network_of(address)
    # A network of the other version has no part in it.
    return found is not None and any(found.network_address in network for network in allowed)


def neighbourhood(address: str | None) -> str | None:
    """Return where ``address`` belongs: itself, or the /64 of an IPv6 address; None when there is none."""
    network = _network_of(address)
    if isinstance(network, IPv6Network):
        return str(network.supernet(new_prefix=IPV6_PREFIX))
    return None if network is None else str(network.network_address)


def _network_of(address: str | None) -> Network | None:
    try:
        return None if address is None else _unmapped(ip_network(str(ip_address(address.partition("%")[0]))))
    except ValueError:
        return None


def _unmapped(network: Network) -> Network:
    if isinstance(network, IPv6Network) and network.prefixlen >= MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - MAPPED_BITS))
    return network
