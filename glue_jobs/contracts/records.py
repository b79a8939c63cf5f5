"""Records before and beside decoding: what every source hands over, and the raw and quarantine tables."""

from pyspark.sql.types import BinaryType, StringType, StructType, TimestampType

from glue_jobs.contracts.contract import EventContract, TableContract, described, hourly

_ORIGIN = [
    described("arrival_time", TimestampType(), "when the stream took the record; null where hidden"),
    described("shard_id", StringType(), "shard that carried it; null where hidden"),
    described("sequence_number", StringType(), "its place in the shard; null where hidden"),
]

_WHOLE = "the record, byte for byte; of one that is too large the start"
WHOLE_RECORD = described("payload", BinaryType(), _WHOLE)

RECORDS = StructType([described("data", BinaryType(), _WHOLE), *_ORIGIN])
"""The columns of every source."""

REASONS = (
    "too_large",
    "kpl_aggregated",
    "malformed_json",
    "wrong_type",
    "missing_field",
    "out_of_range",
    "future_event_time",
)
"""Why a record is in quarantine."""

REJECTS = StructType(
    [
        described("reason", StringType(), f"one of {', '.join(REASONS)}", nullable=False),
        described("field", StringType(), "the first offending field; null where no field is to blame"),
        WHOLE_RECORD,
        *_ORIGIN,
    ]
)

_INGESTED = hourly("ingest_date", "the micro-batch that took the record")


def raw_table(event: EventContract, database: str) -> TableContract:
    """Every record of the event as it came, good or bad."""
    return TableContract(
        name=f"raw_{event.name}",
        database=database,
        path=f"raw/{event.name}",
        description=f"Every {event.name} record as it came, good or bad.",
        grain="one row for each record of the stream",
        key=("shard_id", "sequence_number"),
        schema=RECORDS,
        partitions=_INGESTED,
        consumers="audit, rebuild",
    )


def quarantine_table(event: EventContract, database: str) -> TableContract:
    """Every record of the event that breaks its contract, with the reason."""
    return TableContract(
        name=f"quarantine_{event.name}",
        database=database,
        path=f"quarantine/{event.name}",
        description=f"Every {event.name} record that breaks the contract, with the reason.",
        grain="one row for each rejected record",
        key=("shard_id", "sequence_number"),
        schema=REJECTS,
        partitions=_INGESTED,
        consumers="operators, audit",
    )
