"""A disk that is full from the n-th file on: what is written to a draft is refused by the system itself."""

import os
import tempfile
from pathlib import Path
from typing import Any

from tests.faults.hits import note


def arm(ending: str, after: int, hits: Path) -> None:
    """Let every draft of a file whose name has this ending, from the `after`-th on, lie on `/dev/full`."""
    mkstemp = tempfile.mkstemp

    def on_a_full_disk(suffix: str = "", *args: Any, **kwargs: Any) -> tuple[int, str]:
        descriptor, path = mkstemp(suffix, *args, **kwargs)
        if not suffix.endswith(ending) or note(hits, "written") < after:
            return descriptor, path
        os.close(descriptor)
        return os.open("/dev/full", os.O_WRONLY), path

    tempfile.mkstemp = on_a_full_disk  # type: ignore[assignment]
