"""The events of a job that runs in this process, one by one, while it runs."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any


class EventLines(io.TextIOBase):
    """Stands in for standard output: hands on each event that the job tells; other lines go to the errors."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        self._take = take
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.startswith("{"):
                self._take(json.loads(line))
            else:
                print(line, file=sys.stderr)
        return len(text)
