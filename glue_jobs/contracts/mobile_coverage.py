"""Mobile network coverage: what a phone reports, and the three tables made of it.

The ranges, sentinels and spellings are those of the "Cobertura Mobil" measurements of 2015 to 2017
(see NOTICE). What the data gets wrong is decided here, once:

- `signal` 99 means unknown. It becomes null: the event counts, its signal is not averaged.
- `operator` comes in many spellings. Letter case and spacing never tell two operators apart, and the
  names of one operator are brought together in `_OPERATORS`.
- `postal_code` is really a six-digit INE municipality code (five digits and a check digit) with its
  leading zeros. A file that made a float of it is mended by `ine_code` before it is sent.
- `provider` is one of four words. Anything else ("19", a date) comes from a row whose columns have
  slipped, so nothing else in it can be trusted either: the record is rejected.
"""

from datetime import timedelta

from pyspark.sql.types import (
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from glue_jobs.contracts.contract import (
    Aggregate,
    EventContract,
    Measure,
    TableContract,
    described,
    hourly,
)
from glue_jobs.contracts.records import quarantine_table, raw_table

DATABASE = "mobile_network_aggregations"
STREAM = "mobile_coverage_logs"

_OPERATORS = {
    "vodafone es": "Vodafone",
    "yoigo": "Yoigo",
    "jazztel": "Jazztel",
    "racc": "RACC",
    "vivo": "VIVO",
    "getesa": "GETESA",
    "dtac": "DTAC",
    "ono": "ONO",
    "parlem": "PARLEM",
    "solo llamadas de emergencia": "Emergency Calls Only",
}
_NOT_KNOWN = ("", "null", "none", "unknown", "?????")


def operator_name(text: str) -> str | None:
    """The one name of an operator: `"movistar "` and `"MOVISTAR"` give `"Movistar"`."""
    folded = " ".join(text.lower().split())
    return None if folded in _NOT_KNOWN else _OPERATORS.get(folded, folded.title())


def lower_case(text: str) -> str | None:
    """The text in lower case without outer spaces: `"GPS"` gives `"gps"`."""
    folded = text.strip().lower()
    return None if folded in _NOT_KNOWN else folded


def ine_code(text: str) -> str | None:
    """The six digits of a municipality code, from any way it is written: `"80193.0"` gives `"080193"`."""
    digits = text.strip().removesuffix(".0")
    return digits.zfill(6) if digits else None


EVENT = EventContract(
    name="mobile_coverage",
    event_time="timestamp",
    window=timedelta(minutes=2),
    watermark=timedelta(minutes=10),
    schema=StructType(
        [
            described(
                "timestamp",
                TimestampType(),
                "when the phone measured; ISO 8601 with date, UTC where no offset is given",
                nullable=False,
                minimum="2000-01-01T00:00:00Z",
            ),
            described(
                "hour",
                StringType(),
                "wall-clock time of the measurement, HH:MM:SS",
                nullable=False,
                pattern="([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
            ),
            described(
                "lat", DoubleType(), "latitude", nullable=False, unit="degrees", minimum=-90, maximum=90
            ),
            described(
                "long", DoubleType(), "longitude", nullable=False, unit="degrees", minimum=-180, maximum=180
            ),
            described(
                "signal",
                IntegerType(),
                "average signal strength; 0 to 31 on GSM, to 97 on LTE",
                unit="ASU",
                minimum=0,
                maximum=97,
                unknown=99,
            ),
            described("network", StringType(), "name of the network the phone was on"),
            described("operator", StringType(), "name of the operator that issued the SIM"),
            described(
                "status",
                IntegerType(),
                "service state: 0 in service, 1 out of service, 2 emergency calls only, 3 radio off",
                nullable=False,
                minimum=0,
                maximum=3,
            ),
            described("description", StringType(), "the service state in words, STATE_IN_SERVICE and so on"),
            described(
                "speed",
                DoubleType(),
                "speed over ground, as the source estimates it",
                unit="km/h",
                minimum=0,
                maximum=255,
            ),
            described(
                "satellites",
                IntegerType(),
                "satellites used for the position",
                unit="1",
                minimum=0,
                maximum=99,
            ),
            described(
                "precission",
                DoubleType(),
                "radius of the position's error (the spelling is the source's)",
                unit="m",
                minimum=0,
                maximum=10_000,
            ),
            described(
                "provider",
                StringType(),
                "what gave the position",
                nullable=False,
                allowed=["gps", "fused", "network", "disabled"],
            ),
            described(
                "activity", StringType(), "what the phone's owner was doing, IN_VEHICLE, STILL and so on"
            ),
            described(
                "postal_code",
                StringType(),
                "INE municipality code with check digit; null outside Catalonia",
                pattern="[0-9]{6}",
            ),
        ]
    ),
    spellings={"operator": operator_name, "provider": lower_case},
)

_WINDOW = [
    described("window_start", TimestampType(), "start of the window, inclusive, UTC", nullable=False),
    described("window_end", TimestampType(), "end of the window, exclusive, UTC", nullable=False),
]


def _aggregate_table(
    name: str, description: str, keys: list[str], columns: list[StructField]
) -> TableContract:
    return TableContract(
        name=name,
        database=DATABASE,
        path=f"aggregations/{name}",
        description=description,
        grain="one row for each window and " + ", ".join(keys),
        key=("window_start", *keys),
        schema=StructType([*_WINDOW, *(EVENT.schema[key] for key in keys), *columns]),
        partitions=hourly("event_date", "the window's start"),
    )


SIGNAL_STRENGTH_BY_OPERATOR = Aggregate(
    table=_aggregate_table(
        "signal_strength_by_operator",
        "Signal strength of each operator in each municipality.",
        ["operator", "postal_code"],
        [
            described("average_signal", DoubleType(), "mean of the known signals", unit="ASU"),
            described("minimum_signal", IntegerType(), "weakest known signal", unit="ASU"),
            described("maximum_signal", IntegerType(), "strongest known signal", unit="ASU"),
            described("record_count", LongType(), "known signals, the weight of the mean", nullable=False),
        ],
    ),
    keys=("operator", "postal_code"),
    measures=(
        Measure("average_signal", "avg", "signal"),
        Measure("minimum_signal", "min", "signal"),
        Measure("maximum_signal", "max", "signal"),
        Measure("record_count", "count", "signal"),
    ),
)

GPS_PRECISION_BY_PROVIDER = Aggregate(
    table=_aggregate_table(
        "gps_precision_by_provider",
        "Precision of the positions of each provider, and the satellites behind them.",
        ["provider"],
        [
            described("average_precision", DoubleType(), "mean of the known precissions", unit="m"),
            described("precision_count", LongType(), "known precissions, its weight", nullable=False),
            described("average_satellites", DoubleType(), "mean of the known satellites", unit="1"),
            described("satellites_count", LongType(), "known satellites, its weight", nullable=False),
        ],
    ),
    keys=("provider",),
    measures=(
        Measure("average_precision", "avg", "precission"),
        Measure("precision_count", "count", "precission"),
        Measure("average_satellites", "avg", "satellites"),
        Measure("satellites_count", "count", "satellites"),
    ),
)

STATUS_COUNT = Aggregate(
    table=_aggregate_table(
        "status_count",
        "How many events report each service state in each municipality.",
        ["postal_code", "status", "description"],
        [described("status_count", LongType(), "events of the group", nullable=False)],
    ),
    keys=("postal_code", "status", "description"),
    measures=(Measure("status_count", "count"),),
)

AGGREGATES = (SIGNAL_STRENGTH_BY_OPERATOR, GPS_PRECISION_BY_PROVIDER, STATUS_COUNT)
RAW = raw_table(EVENT, DATABASE)
QUARANTINE = quarantine_table(EVENT, DATABASE)
TABLES = (*(aggregate.table for aggregate in AGGREGATES), RAW, QUARANTINE)
