"""From where a key may come: addresses of the internet and ranges of them (S-50)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network

from abono.domain.identity.errors import NoAddress, RangeBeginsElsewhere, TooManyAddresses

type Network = IPv4Network | IPv6Network

MOST = 20  # of one key
_BETWEEN = re.compile(r"[\s,;]+")
_MAPPED = IPv6Network("::ffff:0:0/96")  # addresses of IPv4, as some servers write them


def read(typed: str) -> tuple[str, ...]:
    """What somebody typed, with blanks or commas between, each once and in one form: an address, or a range with its length.

    Raises NoAddress, RangeBeginsElsewhere, TooManyAddresses.
    """
    found = tuple(dict.fromkeys(shown(_network(word)) for word in _BETWEEN.split(typed) if word))
    if len(found) > MOST:
        raise TooManyAddresses(MOST)
    return found


def shown(network: Network) -> str:
    """One address without the length of a range."""
    return str(network.network_address if network.num_addresses == 1 else network)


def among(networks: Iterable[Network], address: str) -> bool:
    """Whether an address lies in one of them; what is no address lies in none."""
    try:
        seen = ip_address(address)
    except ValueError:
        return False
    if seen.version == 6:
        seen = seen.ipv4_mapped or seen
    return any(seen in network for network in networks)


def _network(word: str) -> Network:
    try:
        typed = ip_interface(word)
    except ValueError:
        raise NoAddress(word[:80]) from None
    if typed.version == 6 and typed.scope_id:  # of one wire: whoever is seen from elsewhere has none
        raise NoAddress(word[:80])
    if typed.ip != typed.network.network_address:
        raise RangeBeginsElsewhere(word[:80], str(typed.network))
    return _of_one_kind(typed.network)


def _of_one_kind(network: Network) -> Network:
    """Of IPv4 where it is written as IPv6: callers are looked for as IPv4."""
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        within = network.network_address.ipv4_mapped
        return ip_network(f"{within}/{network.prefixlen - _MAPPED.prefixlen}")
    return network
