"""Partitions of tables that are cut by UTC hour: their values, their folders, when they begin."""

from collections.abc import Sequence
from datetime import UTC, datetime

from glue_jobs.contracts.contract import TableContract


def partition_folder(table: TableContract, values: Sequence[str]) -> str:
    """The folder of a partition, relative to the lake: `<path>/event_date=2026-11-21/hour=07`."""
    names = table.partitions.fieldNames()
    return "/".join([table.path, *(f"{name}={value}" for name, value in zip(names, values, strict=True))])


def partition_values(table: TableContract, steps: Sequence[str]) -> tuple[str, ...] | None:
    """The values in the folders `steps`, a path below the table; None where they are no partition's."""
    names = table.partitions.fieldNames()
    pairs = [step.partition("=") for step in steps[: len(names)]]
    return tuple(value for _, _, value in pairs) if [name for name, _, _ in pairs] == names else None


def hour_values(moment: datetime) -> tuple[str, str]:
    """The partition of a table cut by UTC hour that `moment` falls into: `("2026-11-21", "07")`."""
    hour = moment.astimezone(UTC)
    return f"{hour:%Y-%m-%d}", f"{hour:%H}"


def hour_start(values: Sequence[str]) -> datetime:
    """When the hour of a partition begins: `("2026-11-21", "07")` → 07:00 UTC of that day."""
    return datetime.fromisoformat(f"{values[0]}T{values[1]}:00:00+00:00")
