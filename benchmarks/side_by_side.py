"""Two tables of the same rows, one as this suite writes it and one of Iceberg, step by step.

`parquet_or_iceberg` runs it.
"""

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.streaming import StreamingQuery
from rich.console import Console

from benchmarks.tables import Table
from benchmarks.terminal import print_table
from glue_jobs.contracts.mobile_coverage import STATUS_COUNT
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.hours import HOUR, Progress, Range
from glue_jobs.core.repair.compaction import compact
from glue_jobs.core.repair.sweep import sweep
from glue_jobs.core.repair.switch import Maintenance, Origin, maintenance, replace_hour
from glue_jobs.core.repair.versions import Standing, standing_hour
from glue_jobs.core.sink import HourlySink

TABLE = STATUS_COUNT.table
_SCHEMA = arrow_schema(TABLE.schema)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = 4 * HOUR
_ASKED = ("01", "02")
"""The hours of the query."""

_QUERY = """
    SELECT postal_code, sum(status_count) AS events FROM {}
    WHERE window_start >= timestamp'2026-03-01 01:00:00' AND window_start < timestamp'2026-03-01 03:00:00'
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"""
_KEY = ("window_start", "postal_code", "status", "description")
_MERGE = f"""
    MERGE INTO ice.db.t AS t USING changes AS c ON {" AND ".join(f"t.{name} = c.{name}" for name in _KEY)}
    WHEN MATCHED THEN UPDATE SET t.status_count = c.status_count"""


@dataclass
class Figures:
    """Rows of the table that is printed: what, plain, Iceberg."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, what: str, which: str, value: str) -> None:
        self.rows.setdefault(what, {})[which] = value

    def timed(self, what: str, which: str, act: Callable[[], Any], repeats: int = 1) -> None:
        seconds = []
        for _ in range(repeats):
            began = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - began)
        self.add(what, which, f"{statistics.median(seconds):.2f} s")

    @property
    def table(self) -> Table:
        rows = [(what, one.get("plain", "-"), one.get("iceberg", "-")) for what, one in self.rows.items()]
        return Table("The same rows", ("", "plain Parquet", "Iceberg"), rows)


@dataclass
class SideBySide:
    """Both tables, and what has been measured of them."""

    spark: SparkSession
    folder: Path
    lake_uri: str
    catalog: Catalog
    batches: int
    figures: Figures = field(default_factory=Figures)

    def run(self, console: Console) -> int:
        """All steps; 1 where an answer of the two differs."""
        self._stream()
        differs = self._query("query over two hours")
        self._compact()
        differs |= self._query("the same, compacted")
        self._replace_hour()
        differs |= self._query("the same, one hour replaced")
        self._change_by_key()
        differs |= self._query("the same, 1 % changed")
        print_table(self.figures.table, console)
        return int(differs)

    def _stream(self) -> None:
        self.spark.sql("CREATE DATABASE ice.db")
        columns = ", ".join(f"{one.name} {one.dataType.simpleString()}" for one in TABLE.schema)
        self.spark.sql(
            f"CREATE TABLE ice.db.t ({columns}) USING iceberg "
            "PARTITIONED BY (hours(window_start)) TBLPROPERTIES ('format-version' = '2')"
        )
        checkpoint = f"{self.folder.as_uri()}/plain"
        tables = (TABLE,)
        sink = HourlySink(
            self.lake_uri, checkpoint, nullcontext, tables, (), tables, "window_start", self.catalog
        )
        plain = self._input().writeStream.option("checkpointLocation", checkpoint).foreachBatch(sink)
        self._batches("plain", plain.trigger(availableNow=True).start())
        rows = self._input().drop("table_name").writeStream.format("iceberg").outputMode("append")
        rows = rows.option("checkpointLocation", f"{self.folder}/iceberg").option("fanout-enabled", True)
        self._batches("iceberg", rows.trigger(availableNow=True).toTable("ice.db.t"))
        self._disk("after the stream")

    def _input(self) -> DataFrame:
        path = str(self.folder / "in")
        reader = self.spark.readStream.schema(self.spark.read.parquet(path).schema)
        return reader.option("maxFilesPerTrigger", 1).parquet(path).repartition(2)

    def _batches(self, which: str, query: StreamingQuery) -> None:
        query.awaitTermination()
        seconds = [one["durationMs"]["addBatch"] / 1000 for one in query.recentProgress if one.numInputRows]
        steady = seconds[len(seconds) // 2 :]
        self.figures.add("a batch, second half", which, f"{statistics.median(steady):.2f} s")
        if which == "plain":
            end = BEGIN + 2 * SPAN
            self._reached = Progress(str(query.id), self.batches - 1, end, end, timedelta(minutes=2))

    def _disk(self, when: str) -> None:
        for which, place in (("plain", "lake/aggregations"), ("iceberg", "ice")):
            files = [one for one in (self.folder / place).rglob("*") if one.is_file() and one.name[0] != "."]
            for what, some in (
                ("data", [one for one in files if one.suffix == ".parquet"]),
                ("metadata", [one for one in files if one.suffix != ".parquet"]),
            ):
                size = sum(one.stat().st_size for one in some) / 2**20
                self.figures.add(f"{what}, {when}", which, f"{len(some):,} files, {size:.1f} MiB")

    def _query(self, what: str) -> bool:
        self.figures.timed(what, "plain", self._ask_plain, 5)
        self.figures.timed(what, "iceberg", self._ask_iceberg, 5)
        plain, iceberg = self._ask_plain(), self._ask_iceberg()
        if plain != iceberg:
            print(f"parquet_or_iceberg: {what}: plain {plain}, Iceberg {iceberg}", file=sys.stderr)
        return plain != iceberg

    def _ask_plain(self) -> list[Row]:
        """As a reader who goes by the catalogue."""
        hours = [one.uri for hour, one in self.catalog.locations(TABLE).items() if hour[1] in _ASKED]
        self.spark.read.schema(TABLE.schema).parquet(*hours).createOrReplaceTempView("plain")
        return self.spark.sql(_QUERY.format("plain")).collect()

    def _ask_iceberg(self) -> list[Row]:
        self.spark.sql("REFRESH TABLE ice.db.t")
        return self.spark.sql(_QUERY.format("ice.db.t")).collect()

    def _compact(self) -> None:
        with maintenance(self.lake_uri, self.catalog) as place:
            tables = (TABLE,)
            self.figures.timed(
                "compaction", "plain", lambda: list(compact(place, self._reached, tables, Range()))
            )
            self.figures.timed(
                "removing what was replaced", "plain", lambda: list(sweep(place, tables, timedelta(0)))
            )
        rewrite = (
            "CALL ice.system.rewrite_data_files(table => 'db.t', strategy => 'sort', "
            f"sort_order => '{', '.join(_KEY)}', options => map('min-input-files', '2'))"
        )
        expire = (
            "CALL ice.system.expire_snapshots(table => 'db.t', "
            "older_than => timestamp'2100-01-01 00:00:00', retain_last => 1)"
        )
        self.figures.timed("compaction", "iceberg", lambda: self.spark.sql(rewrite).collect())
        self.figures.timed("removing what was replaced", "iceberg", lambda: self.spark.sql(expire).collect())
        self._disk("after that")

    def _replace_hour(self) -> None:
        """By the rows that it has."""
        with maintenance(self.lake_uri, self.catalog) as place:
            hour = ("2026-03-01", _ASKED[0])
            self.figures.timed(
                "one hour replaced", "plain", lambda: self._rewrite(place, hour, lambda rows: rows), 3
            )
        rows, path = self.spark.table("ice.db.t"), str(self.folder / "hour.parquet")
        rows.where(f"date_format(window_start, 'HH') = '{_ASKED[0]}'").write.parquet(path)
        self.figures.timed(
            "one hour replaced",
            "iceberg",
            lambda: self.spark.read.parquet(path).writeTo("ice.db.t").overwritePartitions(),
            3,
        )

    def _rewrite(
        self, place: Maintenance, hour: tuple[str, ...], change: Callable[[pa.Table], pa.Table]
    ) -> None:
        standing = standing_hour(place.lake, TABLE, hour, self.catalog.location(TABLE, hour))
        rows = change(_rows(self.folder / "lake", standing))
        newest = standing.newest
        assert newest is not None
        replace_hour(place, standing, [rows], Origin("rebuild", (), "", newest))

    def _change_by_key(self) -> None:
        """One row in a hundred counts one more."""
        changed = self.spark.table("ice.db.t").where("abs(hash(postal_code)) % 100 = 0")
        changed = changed.select(*_KEY, (changed["status_count"] + 1).alias("status_count"))
        changes = changed.toArrow()
        self.spark.createDataFrame(changes).createOrReplaceTempView("changes")
        what = "1 % changed by key"
        with maintenance(self.lake_uri, self.catalog) as place:
            self.figures.timed(what, "plain", lambda: self._change_plain(place, changes), 3)
        self.figures.timed(what, "iceberg", lambda: self.spark.sql(_MERGE).collect(), 3)
        modes = "'write.merge.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read'"
        self.spark.sql(f"ALTER TABLE ice.db.t SET TBLPROPERTIES ({modes})")
        self.figures.timed(f"{what}, merge on read", "iceberg", lambda: self.spark.sql(_MERGE).collect(), 3)

    def _change_plain(self, place: Maintenance, changes: pa.Table) -> None:
        for hour in sorted(self.catalog.locations(TABLE)):
            self._rewrite(place, hour, lambda rows: _with(rows, changes))


def _rows(lake: Path, standing: Standing) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(lake / file.path).read() for file in standing.files])


def _with(rows: pa.Table, changes: pa.Table) -> pa.Table:
    """The rows, each of which the changes name with their count."""
    keyed = pa.schema([_SCHEMA.field(name) for name in (*_KEY, "status_count")])
    news = changes.cast(keyed).rename_columns([*_KEY, "news"])
    joined = rows.join(news, [*_KEY], join_type="left outer")
    counts = pc.coalesce(joined["news"], joined["status_count"])
    return (
        joined.drop_columns(["status_count", "news"])
        .append_column("status_count", counts)
        .select(_SCHEMA.names)
    )
