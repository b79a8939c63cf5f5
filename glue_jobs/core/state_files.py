"""The files of Spark's state store below a checkpoint: RocksDB, as a job sets it.

Batch 6 makes version 7 of the state. Spark loads a version from the newest snapshot at or before it and the
changelogs that follow.

    state/<operator>/<partition>/7.changelog    what batch 6 changed
    state/<operator>/<partition>/6.zip          a snapshot of version 6; it names its files in SSTs and logs
    state/<operator>/<partition>/SSTs, logs     files that snapshots share
    state/…/_metadata/metadata, schema          of no version

Beside a file may lie Hadoop's checksum (`.7.changelog.crc`), Spark's since 4.1 (`7.changelog.crc`), Hadoop's
of that, and the draft of a writer that died. All of them go with the version.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from glue_jobs.core.errors import SluiceError
from glue_jobs.core.storage import Storage

_OF_A_VERSION = re.compile(r"(?P<store>.+)/\.*(?P<version>\d+)\.(?P<kind>zip|changelog)(?P<beside>\..+)?")
_SHARED = re.compile(r"(?P<store>.+)/(SSTs|logs)/[^/]+")
_OF_NO_VERSION = re.compile(r".+/_metadata/\.?(metadata|schema)(\.crc)*")
_PARTITION = re.compile(r"state/(\d+)/(\d+)(/.*)?")


class UnknownState(SluiceError):
    """The state store has files of a form that is not known here."""


@dataclass
class Store:
    """The state of one operator's partition.

    snapshots   path by version
    changelogs  the versions that have one
    files       every file of a version, those beside it too
    shared      the files that snapshots may name
    """

    folder: str
    snapshots: dict[int, str] = field(default_factory=dict)
    changelogs: set[int] = field(default_factory=set)
    files: list[tuple[int, str]] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)

    def base(self, version: int) -> int:
        """The snapshot that a version is loaded from; 0 is the empty state, which needs none."""
        return max((snapshot for snapshot in self.snapshots if snapshot <= version), default=0)

    def lacks(self, version: int) -> str | None:
        """What is missing to load a version, in words; None where nothing is."""
        wanted = range(self.base(version) + 1, version + 1)
        missing = [one for one in wanted if one not in self.changelogs]
        return f"{self.folder} has no changelog {missing[0]} and no later snapshot" if missing else None


def stores(storage: Storage) -> list[Store]:
    """The stores of a checkpoint.

    Raises:
        UnknownState: a file is none of those that the module describes.
    """
    found: dict[str, Store] = {}
    for file in storage.list_files("state"):
        if match := _OF_A_VERSION.fullmatch(file.path):
            store = found.setdefault(match["store"], Store(match["store"]))
            _add(store, int(match["version"]), file.path, match["kind"], whole=_is_whole(file.path))
        elif match := _SHARED.fullmatch(file.path):
            found.setdefault(match["store"], Store(match["store"])).shared.add(file.path)
        elif not _OF_NO_VERSION.fullmatch(file.path):
            raise UnknownState(
                f"{storage.uri}/{file.path}: not a file of the state store that jobs use (RocksDB, "
                "checkpoint format 1), so which batch it belongs to is not known"
            )
    return list(found.values())


def lacking(of: Iterable[Store], version: int, partitions: int | None) -> Iterator[str]:
    """What is missing to load a version of the state, a sentence for each store."""
    there = list(of)
    yield from (lack for store in there if (lack := store.lacks(version)) is not None)
    places = [match for store in there if (match := _PARTITION.fullmatch(store.folder))]
    for operator in {match[1] for match in places} or {"0"}:
        gone = set(range(partitions or 1)) - {int(match[2]) for match in places if match[1] == operator}
        yield from (f"state/{operator}/{partition} is gone" for partition in sorted(gone))


def unreadable(storage: Storage, of: Iterable[Store], version: int) -> Iterator[str]:
    """The files that the snapshots a version is loaded from name, and that are not there."""
    for store in of:
        snapshot = store.snapshots.get(store.base(version))
        if snapshot is None:
            continue
        try:
            named = [f"{store.folder}/{name}" for name in _named(storage.read_file(snapshot))]
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            yield f"{snapshot} is damaged ({error})"
            continue
        yield from (f"{snapshot} needs {name}, which is gone" for name in named if name not in store.shared)


def files_after(of: Iterable[Store], version: int) -> list[str]:
    """Every file of later versions.

    What only their snapshots share is not among them: nothing names it any more, so it is never loaded, and
    Spark clears it away in time.
    """
    return [path for store in of for number, path in store.files if number > version]


def _add(store: Store, version: int, path: str, kind: str, whole: bool) -> None:
    store.files.append((version, path))
    if whole and kind == "zip":
        store.snapshots[version] = path
    elif whole:
        store.changelogs.add(version)


def _is_whole(path: str) -> bool:
    """Whether it is the file itself: a checksum or a draft has more after its name, or a dot before it."""
    return re.search(r"/\d+\.(zip|changelog)$", path) is not None


def _named(snapshot: bytes) -> Iterator[str]:
    """The shared files that a snapshot names, relative to its store's folder."""
    with zipfile.ZipFile(io.BytesIO(snapshot)) as files:
        _version, _, described = files.read("metadata").decode().partition("\n")
    metadata = json.loads(described)
    yield from (f"SSTs/{file['dfsSstFileName']}" for file in metadata.get("sstFiles") or [])
    yield from (f"logs/{file['dfsLogFileName']}" for file in metadata.get("logFiles") or [])
