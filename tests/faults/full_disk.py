"""A disk that is full from the n-th file on: what is written to a draft is refused by the system itself."""

from pathlib import Path
from typing import IO, Any

from tests.faults.hits import note


def arm(ending: str, after: int, hits: Path) -> None:
    """Let every draft of a file whose name has this ending, from the `after`-th on, lie on `/dev/full`."""
    opened = Path.open

    def on_a_full_disk(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
        file = opened(path, mode, *args, **kwargs)
        if mode != "xb" or not path.name.endswith(ending) or note(hits, "written") < after:
            return file
        file.close()
        return opened(Path("/dev/full"), "wb")

    Path.open = on_a_full_disk  # type: ignore[assignment, method-assign]
