"""The three tables by DuckDB, in one batch: the limit to measure against, and the reference for the results.

    python -m benchmarks.duckdb_batch SOURCE_FOLDER OUTPUT_FOLDER

It reads all files once and writes each table below OUTPUT_FOLDER/lake/aggregations, with folders by day and
hour. Windows that a watermark would not have closed yet are left out. As a batch it keeps no state, waits
for nobody and could not go on after a crash. It prints one line of JSON, as the jobs do for a micro-batch.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.spellings import PROVIDER, operator_sql
from glue_jobs.contracts.contract import Aggregate
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT

_TYPES = {
    "timestamp": "TIMESTAMP",
    "signal": "INTEGER",
    "operator": "VARCHAR",
    "status": "INTEGER",
    "description": "VARCHAR",
    "satellites": "INTEGER",
    "precission": "DOUBLE",
    "provider": "VARCHAR",
    "postal_code": "VARCHAR",
}


def main(source: Path, output: Path) -> None:
    """Make the tables of all that is in `source`, then print what it took."""
    began, moment = time.monotonic(), datetime.now(UTC)
    with duckdb.connect() as database:
        _read(database, source)
        for aggregate in AGGREGATES:
            _write(database, aggregate, output / "lake" / aggregate.table.path)
        count, newest = database.sql("SELECT count(*), max(timestamp) FROM events").fetchall()[0]
    event = {
        "event": "batch",
        "job": "duckdb",
        "time": moment.isoformat(),
        "batch": 0,
        "records_in": count,
        "newest": str(newest),
        "duration_seconds": time.monotonic() - began,
    }
    print(json.dumps(event), flush=True)


def _read(database: duckdb.DuckDBPyConnection, source: Path) -> None:
    database.execute(
        f"""
        CREATE TABLE events AS
        SELECT * REPLACE (
            nullif(signal, {EVENT.schema["signal"].metadata["unknown"]}) AS signal,
            {operator_sql()} AS operator,
            {PROVIDER} AS provider)
        FROM read_json($files, format = 'newline_delimited', columns = {_TYPES})
        """,  # noqa: S608 (all of it is this project's own)
        {"files": f"{source}/*.json"},
    )


def _write(database: duckdb.DuckDBPyConnection, aggregate: Aggregate, folder: Path) -> None:
    folder.mkdir(parents=True)
    keys = ", ".join(aggregate.keys)
    measures = ", ".join(f"{one.function}({one.of or '*'}) AS {one.column}" for one in aggregate.measures)
    database.execute(
        f"""
        COPY (
            SELECT window_start, window_start + {_interval(EVENT.window)} AS window_end, {keys}, {measures},
                strftime(window_start, '%Y-%m-%d') AS event_date, strftime(window_start, '%H') AS hour
            FROM (SELECT *, time_bucket({_interval(EVENT.window)}, timestamp) AS window_start FROM events)
            WHERE window_start + {_interval(EVENT.window + EVENT.watermark)}
                <= (SELECT max(timestamp) FROM events)
            GROUP BY window_start, {keys}
        ) TO '{folder}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (event_date, hour))
        """  # noqa: S608 (likewise)
    )


def _interval(length: timedelta) -> str:
    return f"INTERVAL '{length.total_seconds():.0f} seconds'"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
