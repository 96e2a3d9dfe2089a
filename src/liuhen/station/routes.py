"""Other ways out of the station: a default route over another interface than the one that leads to the house.

A docking station belongs to one network. A telephone as modem, a second card, a wireless stick: where one is up, recordings could
leave by it. Read from the kernel's own tables; nothing is sent.
"""

import socket
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

_IPV4, _IPV6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
_NOWHERE6 = "0" * 32
_UP = 0x1


def other_ways_out(server: str, *, ipv4: Path = _IPV4, ipv6: Path = _IPV6) -> list[str]:
    """Interfaces with a default route that do not lead to `server` (a name or address). A server on this machine has none to lead to:
    then the machine's own network is the house's. Raises `OSError` where the name is not known.
    """
    address = IPv4Address(socket.getaddrinfo(server, None, socket.AF_INET)[0][4][0])
    if address.is_loopback:
        return []
    routes = _routes(ipv4)
    fitting = [(net.prefixlen, name) for net, name in routes if address in net]
    own = max(fitting)[1] if fitting else ""
    defaults = {name for net, name in routes if net.prefixlen == 0} | _defaults6(ipv6)
    return sorted(defaults - {own, "lo"})


def _routes(table: Path) -> list[tuple[IPv4Network, str]]:
    found = []
    for line in table.read_text().splitlines()[1:]:
        name, destination, _gateway, flags, *rest = line.split()
        if int(flags, 16) & _UP:
            mask = rest[3]
            found.append((IPv4Network((_address(destination), str(_address(mask)))), name))
    return found


def _address(told: str) -> IPv4Address:
    """As the kernel prints it: hexadecimal, the lowest byte first."""
    return IPv4Address(bytes.fromhex(told)[::-1])


def _defaults6(table: Path) -> set[str]:
    if not table.exists():
        return set()
    rows = [line.split() for line in table.read_text().splitlines()]
    return {
        row[9]
        for row in rows
        if row[0] == _NOWHERE6 and row[1] == "00" and int(row[8], 16) & _UP and row[5] != "ffffffff"
    }
