"""Ends the session of an engine when the benchmark is gone, whatever ended it: nobody else would.

    python -m benchmarks.session_guard SESSION

It reads standard input, a pipe from the benchmark that never says anything, to its end. It is in a session of
its own, so that neither Ctrl-C nor a closed terminal reaches it, and the engine's figures have nothing of it.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import process_tree


@contextmanager
def session_guard(session: int) -> Iterator[None]:
    """Guard a session for the block; what the session has at its end is ended, too."""
    guard = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.session_guard", str(session)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    with guard:  # which closes the pipe, and waits
        yield


def main(session: int) -> None:
    """End the session when standard input has ended."""
    sys.stdin.buffer.read()
    process_tree.end(session)


if __name__ == "__main__":
    main(int(sys.argv[1]))
