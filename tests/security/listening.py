"""Which sockets of which processes wait for connections (Linux: proc(5))."""

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

_LISTENING = "0A"
"""The state of such a socket in /proc/net/tcp (include/net/tcp_states.h)."""


def descendants(root: int) -> set[int]:
    """The process and all that it started, at any depth."""
    parents = dict(_parents())
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])


def listening_addresses(pids: set[int]) -> list[IPv4Address | IPv6Address]:
    """The addresses at which these processes wait for connections, one for each socket."""
    own = {inode for pid in pids for inode in _socket_inodes(pid)}
    return [address for inode, address in _listening_sockets() if inode in own]


def _socket_inodes(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = descriptor.readlink().name
                if target.startswith("socket:["):
                    yield target.removeprefix("socket:[").removesuffix("]")


def _listening_sockets() -> Iterator[tuple[str, IPv4Address | IPv6Address]]:
    for table, family in (("tcp", IPv4Address), ("tcp6", IPv6Address)):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = [*line.split()[:4], line.split()[9]]
            if state == _LISTENING:
                yield inode, _address(local.partition(":")[0], family)


def _address(hexadecimal: str, family: type[IPv4Address | IPv6Address]) -> IPv4Address | IPv6Address:
    """Words of four bytes, each in the order of the machine; an IPv4 address in IPv6's form is IPv4."""
    words = [bytes.fromhex(hexadecimal[first : first + 8])[::-1] for first in range(0, len(hexadecimal), 8)]
    address = family(b"".join(words))
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
