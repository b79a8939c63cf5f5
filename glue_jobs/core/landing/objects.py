"""The objects of a landing zone: which there are, and which of them have not been taken."""

from collections.abc import Mapping
from dataclasses import dataclass

from glue_jobs.contracts.contract import EventContract, TableContract
from glue_jobs.core.errors import SourceError
from glue_jobs.core.storage import LocalStorage, Storage, StoredFile


@dataclass(frozen=True)
class Landing:
    """Where the events of a contract land below a lake, and the two tables that they are taken into."""

    event: EventContract
    folder: str
    raw: TableContract
    quarantine: TableContract

    @property
    def ledger(self) -> str:
        """The folder of the runs that took them, beside the raw table."""
        return f"{self.raw.path}__taken"


def refuse_no_landing(lake: Storage, landing: Landing) -> None:
    """Raise SourceError where nothing can land: there is no such folder, and no run has taken anything."""
    if isinstance(lake, LocalStorage) and (lake.root / landing.folder).is_dir():
        return
    if not any(True for folder in (landing.folder, landing.ledger) for _ in lake.list_files(folder)):
        raise SourceError(
            f"--lake_uri {lake.uri}: there is no {landing.folder}/ in it; give the lake that the events are "
            "delivered to, or let them be delivered first"
        )


def landed_objects(lake: Storage, landing: Landing) -> list[StoredFile]:
    """What there is, the oldest first; hidden objects (`_`, `.`) and the markers of folders are left out."""
    found = [file for file in lake.list_files(landing.folder) if file.visible and not file.path.endswith("/")]
    return sorted(found, key=lambda file: (file.modified, file.path))


def mark_of(file: StoredFile) -> str:
    """What tells one content of an object from another: on S3 its ETag, on a disk when it was written."""
    return f"{file.size} {file.modified!r}" if file.etag is None else f"{file.size} {file.etag}"


def not_taken(landed: list[StoredFile], taken: Mapping[str, str]) -> list[StoredFile]:
    """The objects that no run has taken as they are now; `taken` has the mark of each path."""
    return [file for file in landed if taken.get(file.path) != mark_of(file)]
