"""The tables of the mobile coverage contract."""

import pytest
from pyspark.sql.types import IntegerType, LongType, StringType, StructType, TimestampType

from glue_jobs.contracts.contract import Aggregate, TableContract
from glue_jobs.contracts.mobile_coverage import AGGREGATES, DATABASE, EVENT, QUARANTINE, RAW, TABLES
from glue_jobs.contracts.records import REASONS, RECORDS, REJECTS

COLUMNS = {
    "signal_strength_by_operator": (
        "window_start timestamp, window_end timestamp, operator string, postal_code string, "
        "average_signal double, minimum_signal int, maximum_signal int, record_count bigint"
    ),
    "gps_precision_by_provider": (
        "window_start timestamp, window_end timestamp, provider string, average_precision double, "
        "precision_count bigint, average_satellites double, satellites_count bigint"
    ),
    "status_count": (
        "window_start timestamp, window_end timestamp, postal_code string, status int, description string, "
        "status_count bigint"
    ),
    "raw_mobile_coverage": "data binary, arrival_time timestamp, shard_id string, sequence_number string",
    "quarantine_mobile_coverage": (
        "reason string, field string, payload binary, arrival_time timestamp, shard_id string, "
        "sequence_number string"
    ),
}
PATHS = {
    "signal_strength_by_operator": "aggregations/signal_strength_by_operator",
    "gps_precision_by_provider": "aggregations/gps_precision_by_provider",
    "status_count": "aggregations/status_count",
    "raw_mobile_coverage": "raw/mobile_coverage",
    "quarantine_mobile_coverage": "quarantine/mobile_coverage",
}
EACH_TABLE = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
EACH_AGGREGATE = pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.table.name)


def columns(schema: StructType) -> str:
    """`name type, name type`, as Athena names the types."""
    return ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in schema)


def test_the_tables_have_their_columns() -> None:
    """Exact names, types and order."""
    assert {table.name: columns(table.schema) for table in TABLES} == COLUMNS


def test_the_tables_lie_in_their_folders() -> None:
    """Aggregates below `aggregations`, records below `raw` and `quarantine`."""
    assert {table.name: table.path for table in TABLES} == PATHS


def test_the_tables_are_cut_by_hour() -> None:
    """Windows by their start, records by the batch that took them."""
    partitions = {table.name: columns(table.partitions) for table in TABLES}

    assert partitions == {
        "signal_strength_by_operator": "event_date date, hour string",
        "gps_precision_by_provider": "event_date date, hour string",
        "status_count": "event_date date, hour string",
        "raw_mobile_coverage": "ingest_date date, hour string",
        "quarantine_mobile_coverage": "ingest_date date, hour string",
    }


@EACH_TABLE
def test_a_table_is_documented(table: TableContract) -> None:
    """Owner, grain, consumers, description, and a meaning for each column."""
    assert all([table.owner, table.grain, table.consumers, table.description])
    assert [field.name for field in [*table.schema, *table.partitions] if not field.metadata["meaning"]] == []


@EACH_TABLE
def test_a_table_is_in_the_database_and_has_its_key(table: TableContract) -> None:
    """What makes a row the only one of its kind are columns of the table."""
    assert table.database == DATABASE == "mobile_network_aggregations"
    assert set(table.key) <= set(table.schema.fieldNames())


@EACH_AGGREGATE
def test_an_aggregate_uses_fields_of_the_event(aggregate: Aggregate) -> None:
    """Keys and measured fields are named in the event."""
    measured = {measure.of for measure in aggregate.measures if measure.of is not None}

    assert set(aggregate.keys) | measured <= set(EVENT.schema.fieldNames())


@EACH_AGGREGATE
def test_an_aggregates_columns_are_window_keys_measures(aggregate: Aggregate) -> None:
    """The table is made of what the aggregate computes, in that order, keyed by window and keys."""
    names = [
        "window_start",
        "window_end",
        *aggregate.keys,
        *(measure.column for measure in aggregate.measures),
    ]

    assert aggregate.table.schema.fieldNames() == names
    assert aggregate.table.key == ("window_start", *aggregate.keys)


@EACH_AGGREGATE
def test_an_average_stands_beside_its_count(aggregate: Aggregate) -> None:
    """So that coarser averages can be derived: sum of average times count, by sum of count."""
    averaged = {measure.of for measure in aggregate.measures if measure.function == "avg"}
    counted = {measure.of for measure in aggregate.measures if measure.function == "count"}

    assert averaged <= counted


@EACH_AGGREGATE
def test_counts_and_windows_are_never_null(aggregate: Aggregate) -> None:
    """A group without known values has count 0 and no average, minimum or maximum."""
    required = {field.name for field in aggregate.table.schema if not field.nullable}
    counts = {measure.column for measure in aggregate.measures if measure.function == "count"}
    status = {"status", "provider"} & set(aggregate.keys)

    assert required == {"window_start", "window_end"} | counts | status


def test_raw_holds_every_column_of_a_record() -> None:
    """What a source hands over is what is kept."""
    assert RAW.schema == RECORDS
    assert [type(field.dataType) for field in RAW.schema][1:] == [TimestampType, StringType, StringType]


def test_quarantine_says_why() -> None:
    """The reasons, named in the table's own words."""
    assert QUARANTINE.schema == REJECTS
    assert REASONS == (
        "too_large",
        "kpl_aggregated",
        "malformed_json",
        "wrong_type",
        "missing_field",
        "out_of_range",
        "future_event_time",
    )
    assert all(reason in REJECTS["reason"].metadata["meaning"] for reason in REASONS)


def test_counts_are_long_and_extremes_integer() -> None:
    """A count outgrows 32 bits; a signal does not."""
    types = {field.name: type(field.dataType) for field in AGGREGATES[0].table.schema}

    assert (types["record_count"], types["minimum_signal"]) == (LongType, IntegerType)
