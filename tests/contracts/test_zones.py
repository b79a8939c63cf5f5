"""Every path of the lake lies in one zone, and no zone is kept in a way that loses what is needed."""

import pytest

from glue_jobs.contracts import mobile_coverage, orders
from glue_jobs.contracts.zones import LANDING, PROCESSED, RAW, ZONES, Transition, Zone, zone_of

TABLES = [*mobile_coverage.TABLES, *orders.TABLES, orders.PROCESSED]


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        (orders.LANDING, LANDING),
        (orders.RAW.path, RAW),
        ("raw/orders__taken", RAW),
        (orders.QUARANTINE.path, RAW),
        (orders.PROCESSED.path, PROCESSED),
    ],
)
def test_the_orders_pass_three_zones(path: str, zone: Zone) -> None:
    """Quarantine lies in raw: it is the other half of what came in."""
    assert zone_of(path) == zone


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_lies_in_a_zone_that_does_not_expire(table: object) -> None:
    """By age alone no file of a table goes."""
    assert zone_of(table.path).expire_days is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["elsewhere/x", "", "rawer/x", "/raw/x"])
def test_a_path_outside_the_zones_is_refused(path: str) -> None:
    """With the folders there are."""
    with pytest.raises(ValueError, match="lies in no zone; give one below landing, raw, quarantine"):
        zone_of(path)


def test_zones_share_no_folder() -> None:
    """Or a path would be kept in two ways."""
    folders = [folder for zone in ZONES for folder in zone.folders]
    assert len(folders) == len(set(folders))


@pytest.mark.parametrize(
    ("transitions", "expire_days", "words"),
    [
        ([(30, "GLACIER")], None, "got GLACIER; give STANDARD_IA"),
        ([(29, "STANDARD_IA")], None, "got STANDARD_IA after 29 days; give 30 or more"),
        ([(30, "STANDARD_IA"), (59, "GLACIER_IR")], None, "got GLACIER_IR after 59 days; give 60 or more"),
        ([(30, "STANDARD_IA")], 30, "got expire_days 30; give more than 30"),
    ],
)
def test_a_lifecycle_that_s3_refuses_is_refused(
    transitions: list[tuple[int, str]], expire_days: int | None, words: str
) -> None:
    """So are classes that Athena cannot read."""
    steps = tuple(Transition(*step) for step in transitions)
    with pytest.raises(ValueError, match=f"zone x: {words}"):
        Zone("x", ("x",), "", "", steps, expire_days)
