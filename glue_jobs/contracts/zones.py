"""The five zones of the lake: where each lies, what it costs to keep, and when it may go.

On a laptop a zone is some folders of the lake; on AWS its name ends the name of its bucket. `zones.json` is
the same as data, for Terraform (`make derive`).

A lifecycle rule knows only the age of an object, not who still needs it. So nothing expires that a ledger or
a table counts on: the ledgers of runs lie in raw, and the files of an Iceberg table, however old, are removed
by its maintenance alone. Storage classes are of those that answer at once: Athena and Glue read no others.
"""

import json
from dataclasses import asdict, dataclass

_READ_AT_ONCE = {"STANDARD_IA": 30, "INTELLIGENT_TIERING": 0, "GLACIER_IR": 0}
"""Storage classes that answer at once, and the days an object must have before S3 moves it there."""


@dataclass(frozen=True)
class Transition:
    """After so many days objects move to another storage class."""

    after_days: int
    storage_class: str


@dataclass(frozen=True)
class Zone:
    """A zone: its folders below the lake, what is in them, and the life of its objects.

    expire_days             objects go after so many days; None: never by age
    expire_old_versions     replaced or deleted versions go after so many days; None: no versions are kept
    reason                  why it is kept so, and so long

    Raises:
        ValueError: S3 does not take the lifecycle, or a class could not be read at once.
    """

    name: str
    folders: tuple[str, ...]
    description: str
    reason: str
    transitions: tuple[Transition, ...] = ()
    expire_days: int | None = None
    expire_old_versions: int | None = None
    abort_uploads_days: int = 7

    def __post_init__(self) -> None:
        earliest = 0
        for step in self.transitions:
            if step.storage_class not in _READ_AT_ONCE:
                raise ValueError(
                    f"zone {self.name}: got {step.storage_class}; give {', '.join(_READ_AT_ONCE)}: "
                    "others are not read at once"
                )
            earliest = max(earliest, _READ_AT_ONCE[step.storage_class])
            if step.after_days < earliest:
                raise ValueError(
                    f"zone {self.name}: got {step.storage_class} after {step.after_days} days; "
                    f"give {earliest} or more"
                )
            earliest = step.after_days + 30  # S3: a class is kept thirty days before the next
        last = max((step.after_days for step in self.transitions), default=0)
        if self.expire_days is not None and self.expire_days <= last:
            raise ValueError(f"zone {self.name}: got expire_days {self.expire_days}; give more than {last}")


LANDING = Zone(
    name="landing",
    folders=("landing",),
    description="Objects as Firehose delivers them, and what it could not process.",
    reason="Raw has every line of it, or quarantine has. 90 days are left to notice that no job has run, and "
    "to look at the whole of a damaged object, or of a line of which quarantine keeps the start.",
    expire_days=90,
)
RAW = Zone(
    name="raw",
    folders=("raw", "quarantine"),
    description="Every event in Parquet, every rejected one in quarantine, the ledgers of what was taken.",
    reason="The processed tables can be made anew from it, so it stays. It is read whole only then: after a "
    "month the cheaper classes. Quarantine lies here, for it is the other half of what came in.",
    transitions=(Transition(30, "STANDARD_IA"), Transition(120, "GLACIER_IR")),
)
PROCESSED = Zone(
    name="processed",
    folders=("processed", "aggregations"),
    description="The tables that people query: Iceberg, and the aggregates of the streams.",
    reason="A live Iceberg table is made of old and new files; which are no longer part of it only its "
    "maintenance knows. What nobody reads gets cheaper by itself, without a fee for reading it after all.",
    transitions=(Transition(30, "INTELLIGENT_TIERING"),),
)
QUERY_RESULTS = Zone(
    name="queryresults",
    folders=("queryresults",),
    description="What Athena writes for each query.",
    reason="A query can be asked again; its result may hold what is deleted elsewhere by then.",
    expire_days=7,
)
RESOURCES = Zone(
    name="resources",
    folders=("resources",),
    description="Scripts of the jobs, their packages and jars, Data Docs.",
    reason="Small, and needed at every start. Old versions stay a quarter, to go back to the release before.",
    expire_old_versions=90,
)

ZONES = (LANDING, RAW, PROCESSED, QUERY_RESULTS, RESOURCES)


def zone_of(path: str) -> Zone:
    """The zone of a path below the lake.

    Raises:
        ValueError: it lies in none.
    """
    folder = path.partition("/")[0]
    for zone in ZONES:
        if folder in zone.folders:
            return zone
    known = ", ".join(folder for zone in ZONES for folder in zone.folders)
    raise ValueError(f"got the path {path!r}, which lies in no zone; give one below {known}")


def as_json() -> str:
    """The text of `zones.json`: an object of zones by name, in the order in which data passes them."""
    return json.dumps({zone.name: asdict(zone) for zone in ZONES}, indent=2) + "\n"
