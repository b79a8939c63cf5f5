"""Files that hold far more than they seem to: packed floods of garbage, of large records, and of one line."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.events import payload
from tests.faults.harness import some_event

FACTOR = float(os.environ.get("SLUICE_FLOOD", "1"))
"""How large the floods are; 10 makes it 3,000 records of a mebibyte."""

GARBAGE = int(1_000_000 * FACTOR)
LARGE = int(300 * FACTOR)
BOMB_BYTES = int(2**31 * FACTOR) + 2**26

_MEMBER = 2**26
_KINDS = 1000


def write_garbage(folder: Path) -> Path:
    """`GARBAGE` short lines, none of them an event: random bytes, texts, cut events, other objects."""
    rng = Random(11)
    kinds = [
        lambda: rng.randbytes(rng.randrange(40)).replace(b"\n", b" "),
        lambda: b"garbage %d" % rng.randrange(10**9),
        lambda: payload()[: rng.randrange(60)],
        lambda: b'{"signal": %d}' % rng.randrange(100),
    ]
    lines = [rng.choice(kinds)() + b"\n" for _ in range(_KINDS)]
    return _write(folder / "garbage.json.gz", b"".join(lines), GARBAGE // _KINDS)


def write_large(folder: Path) -> Path:
    """`LARGE` lines of a mebibyte, every second one an event with a field that nobody asked for."""
    event = some_event(Random(12), datetime(2026, 11, 20, 10, tzinfo=UTC))
    good = event[:-1] + b', "extra": "' + b"x" * (2**20 - len(event) - 14) + b'"}'
    return _write(folder / "large.json.gz", good + b"\n" + b"y" * 2**20 + b"\n", LARGE // 2)


def write_bomb(folder: Path) -> Path:
    """One line of `BOMB_BYTES` zeros."""
    return _write(folder / "bomb.json.gz", bytes(_MEMBER), BOMB_BYTES // _MEMBER)


def _write(path: Path, content: bytes, times: int) -> Path:
    """A packed file of as many equal members: its content need not be made at full length."""
    member = gzip.compress(content, compresslevel=1)
    with path.open("wb") as file:
        for _ in range(times):
            file.write(member)
    return path
