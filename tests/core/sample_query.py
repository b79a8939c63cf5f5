"""What a query over files leaves behind, as Spark and the sink write it: source folder, checkpoint, lake.

Batch n took file n, published a file of each of two tables, kept raw and made version n+1 of the state, in
two partitions. Versions 2 and 6 have snapshots. Checksums and drafts lie beside the files as they do on a
disk. Nothing of it needs Spark, so that it can be made anew for each test.
"""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from glue_jobs.contracts.mobile_coverage import RAW, STATUS_COUNT
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.checkpoint import DEFINITION
from glue_jobs.core.lease import writer_lease
from glue_jobs.core.rewind import Rewind, Target, carry_out, plan_rewind
from glue_jobs.core.rewind_source import KinesisApi
from glue_jobs.core.storage import LocalStorage, Storage, open_storage
from tests.core.buckets import write

QUERY = str(UUID(int=1))
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
APART = timedelta(seconds=20)
BATCHES = range(7)
SNAPSHOTS = (2, 6)
PARTITIONS = (0, 1)


@cache
def at(uri: str) -> Storage:
    """The files below a URI, with one client for all of them."""
    return open_storage(uri)


@dataclass(frozen=True)
class SampleQuery:
    """The query; all of it lies below `root`."""

    root: str

    @property
    def checkpoint(self) -> str:
        return f"{self.root}/checkpoint"

    @property
    def lake(self) -> str:
        return f"{self.root}/lake"

    @property
    def source(self) -> str:
        return f"{self.root}/events"

    def make(self) -> None:
        """Run all batches."""
        write(at(self.checkpoint), "metadata", json.dumps({"id": QUERY}).encode())
        definition = {"event": "mobile_coverage", "source": {"files": self.source}, "lake": self.lake}
        write(at(self.checkpoint), DEFINITION, json.dumps(definition).encode())
        for batch in BATCHES:
            self._take(batch)
            self._publish(batch)
            self._keep_state(batch + 1)

    def files(self) -> dict[str, bytes]:
        """Everything in the checkpoint and the lake, but for the leases."""
        return {
            f"{root}/{file.path}": at(f"{self.root}/{root}").read_file(file.path)
            for root in ("checkpoint", "lake")
            for file in at(f"{self.root}/{root}").list_files("")
            if not file.path.startswith(("_lease.json", "_maintenance/"))
        }

    @property
    def folder(self) -> Path:
        """Where it lies on this machine."""
        storage = at(self.root)
        assert isinstance(storage, LocalStorage)
        return storage.root

    def remove(self, *paths: str) -> None:
        """Take files away; checksums and drafts of them stay."""
        at(self.root).delete_files(paths)

    def touch(self, path: str) -> None:
        """Change a file a little later."""
        os.utime(self.folder / path, (2_000_000_000, 2_000_000_000))

    def define(self, **changes: object) -> None:
        """Change the definition; None takes a part away."""
        changed = {**json.loads(at(self.checkpoint).read_file(DEFINITION)), **changes}
        kept = {name: value for name, value in changed.items() if value is not None}
        write(at(self.checkpoint), DEFINITION, json.dumps(kept).encode())

    def entry(self, log: str, number: int, *lines: str) -> None:
        """An entry of one of Spark's logs, with Hadoop's checksum and a draft that somebody left."""
        name = f"{number}.compact" if log == "sources/0" and number == 4 else str(number)
        storage = at(self.checkpoint)
        write(storage, f"{log}/{name}", "\n".join(["v1", *lines]).encode())
        write(storage, f"{log}/.{name}.crc", b"crc")
        write(storage, f"{log}/.{name}.5e0c.tmp", b"dra")

    def offsets(self, batch: int, offsets: object) -> None:
        """The plan of a batch, which ends at `offsets`."""
        begin = int((BEGIN + batch * APART).timestamp() * 1000)
        conf = {"spark.sql.shuffle.partitions": str(len(PARTITIONS))}
        times = {"batchWatermarkMs": begin - 600_000, "batchTimestampMs": begin, "conf": conf}
        self.entry("offsets", batch, json.dumps(times), json.dumps(offsets))

    def _take(self, batch: int) -> None:
        write(at(self.source), f"{batch} a.jsonl", b"{}\n")
        self.offsets(batch, {"logOffset": batch})
        taken = [self._logged(number) for number in (range(batch + 1) if batch == 4 else [batch])]
        self.entry("sources/0", batch, *taken)
        self.entry("commits", batch, '{"nextBatchWatermarkMs":0}')

    def _logged(self, number: int) -> str:
        """What Spark's log says about a file: names are encoded, times in milliseconds."""
        name = f"{number} a.jsonl"
        (file,) = (file for file in at(self.source).list_files("") if file.path == name)
        uri = f"{self.source.replace('s3://', 's3a://')}/{name.replace(' ', '%20')}"
        return json.dumps({"path": uri, "timestamp": int(file.modified * 1000), "batchId": number})

    def _publish(self, batch: int) -> None:
        for path in (f"{STATUS_COUNT.table.path}/event_date=2026-03-01/hour=12", f"{RAW.path}/hour=12"):
            name = Batch(QUERY, batch).file_name(0)
            write(at(self.lake), f"{path}/{name}", b"rows")
            write(at(self.lake), f"{path}/.x-{name}", b"draft")

    def _keep_state(self, version: int) -> None:
        storage = at(self.checkpoint)
        for partition in PARTITIONS:
            store = f"state/0/{partition}"
            files = [f"{version}.changelog"]
            if version in SNAPSHOTS:
                shared = f"00000{version}-5e0c.sst"
                write(storage, f"{store}/SSTs/{shared}", b"rows")
                write(storage, f"{store}/{version}.zip", snapshot(shared))
                files.append(f"{version}.zip")
            write(storage, f"{store}/{version}.changelog", b"changes")
            for name in files:  # Spark's checksum, and Hadoop's of both
                for beside in (f"{name}.crc", f".{name}.crc", f".{name}.crc.crc"):
                    write(storage, f"{store}/{beside}", b"crc")
            write(storage, f"{store}/_metadata/schema", b"schema")
        write(storage, "state/0/_metadata/metadata", b"v1\n{}")


def snapshot(*shared: str) -> bytes:
    """A snapshot that names files in SSTs."""
    described = {"sstFiles": [{"localFileName": "1.sst", "dfsSstFileName": name} for name in shared]}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as files:
        files.writestr("MANIFEST-000005", b"manifest")
        files.writestr("metadata", f"v1\n{json.dumps({**described, 'numKeys': 3})}")
    return content.getvalue()


def planned(query: SampleQuery, to: Target, lake: str | None = None) -> Rewind:
    """What going back there would remove."""
    return plan_rewind(query.checkpoint, lake or query.lake, to, KinesisApi())


def rewind(query: SampleQuery, to: Target) -> None:
    """Go back, as `sluice doctor` does."""
    with writer_lease(query.checkpoint) as lease:
        carry_out(planned(query, to), lease, lambda removed: None)


def batch_of_file(path: str) -> int | None:
    """The batch that a file of `SampleQuery.files` belongs to, by its name; None where to no one batch."""
    folder, _, name = path.rpartition("/")
    if "-batch-" in name:
        return int(name.partition("-batch-")[2].split("-")[0])
    number = name.lstrip(".").split(".")[0]
    if not number.isdecimal():
        return None
    return int(number) - (1 if folder.startswith("checkpoint/state") else 0)
