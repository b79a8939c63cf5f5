"""A lake with rejected records, and a redrive of them without the rebuild."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from glue_jobs.core.hours import Range
from glue_jobs.core.quarantine import Wanted
from glue_jobs.core.repair.ledgers import Ledger
from glue_jobs.core.repair.mending import Mend, NotMended, Tally
from glue_jobs.core.repair.rebuildable import progress_made
from glue_jobs.core.repair.redrive import append, newest_plan
from glue_jobs.core.repair.rejects import Judged, judged, rejects_of
from tests.core.audit.played_stream import PIPELINE
from tests.core.hours_lake import HOUR, SEVEN, HoursLake
from tests.events import ARRIVAL, payload

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
"""When the records are redriven, two hours after they were rejected."""

GOOD = payload()


def quoted(content: bytes = GOOD) -> bytes:
    """A record that `unquoted` mends."""
    return b'"' + content + b'"'


def unquoted(content: bytes) -> bytes:
    """A mending for tests: takes the quotes away."""
    if not content.startswith(b'"'):
        raise NotMended("no quotes")
    return content.strip(b'"')


def reject(lake: HoursLake, batch: int, payloads: Sequence[bytes], values: tuple[str, str] = HOUR) -> str:
    """What a batch that is done leaves of records that are no JSON objects: in raw and in quarantine."""
    origin = {"arrival_time": ARRIVAL, "shard_id": "shard-0"}
    rows = [
        {"data": content, **origin, "sequence_number": f"{batch}-{number}"}
        for number, content in enumerate(payloads)
    ]
    lake.publish(batch, rows, values, table=RAW)
    rejected = [{**row, "reason": "malformed_json", "payload": row["data"]} for row in rows]
    path = lake.publish(batch, rejected, values, table=QUARANTINE)
    lake.done(batch, SEVEN)
    return path.rpartition("/")[2]


def looked_at(
    lake: HoursLake, mend: Mend = unquoted, now: datetime = NOW, wanted: Wanted | None = None
) -> list[Judged]:
    """What would become of the rejected records."""
    rejects = rejects_of(lake.uri, lake.catalog, PIPELINE, progress_made(lake.checkpoint), Range())
    return list(judged(rejects, wanted or Wanted(), mend, now))


def redrive(
    lake: HoursLake, mend: Mend = unquoted, now: datetime = NOW, most_records: int = 1000
) -> list[Ledger]:
    """Redrive all that `mend` mends."""
    rejects = rejects_of(lake.uri, lake.catalog, PIPELINE, progress_made(lake.checkpoint), Range())
    records = judged(rejects, Wanted(), mend, now)
    return list(append(lake.place, rejects, records, now, newest_plan(lake.checkpoint), most_records))


def counted(records: Sequence[Judged]) -> Tally:
    """What became of them."""
    tally = Tally()
    for one in records:
        tally.add(one.outcome)
    return tally


def redriven_rows(lake: HoursLake) -> list[dict[str, Any]]:
    """The rows that redrives have put into raw, as the folders have them."""
    files = sorted(file.path for file in lake.storage.list_files(RAW.path) if file.visible)
    tables = [
        pq.read_table(pa.BufferReader(lake.storage.read_file(path))) for path in files if "redrive" in path
    ]
    return [row for table in tables for row in table.to_pylist()]
