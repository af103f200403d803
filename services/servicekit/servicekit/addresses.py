"""Addresses of callers, in the form in which they are counted."""

from __future__ import annotations

import ipaddress

IPV6_PREFIX = 64


def counted_address(address: str) -> str:
    """Return what ``address`` counts as: IPv6 by its /64, which one subscriber owns whole; no address as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    # An IPv4 caller on a dual-stack socket; their common /64 would be everybody.
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False))
