"""Where partitions lie, and letting them lie elsewhere."""

from datetime import UTC, datetime

import pytest

from glue_jobs.core.catalog import Location, SwitchRefused
from glue_jobs.core.errors import CatalogError
from tests.core.hours_lake import HOUR, NEXT_HOUR, TABLE, HoursLake

SINCE = datetime(2026, 3, 1, 9, 30, 0, 123, UTC)


@pytest.fixture
def lake(hours_lake: HoursLake) -> HoursLake:
    """With one hour in its catalogue, as the stream registers it."""
    hours_lake.catalog.ensure_table(TABLE)
    hours_lake.catalog.ensure_partitions(TABLE, [HOUR])
    return hours_lake


def stream_folder(lake: HoursLake) -> Location:
    """Where the stream writes the hour."""
    return Location(f"{lake.uri}/{TABLE.path}/event_date=2026-03-01/hour=07/")


def test_an_hour_lies_where_it_was_registered(lake: HoursLake) -> None:
    """One that is not registered lies nowhere, nor does one of a table that is not there."""
    assert lake.catalog.location(TABLE, HOUR) == stream_folder(lake)
    assert lake.catalog.location(TABLE, NEXT_HOUR) is None
    assert lake.catalog.locations(TABLE) == {HOUR: stream_folder(lake)}
    lake.glue.delete_table(DatabaseName=TABLE.database, Name=TABLE.name)
    assert lake.catalog.location(TABLE, HOUR) is None


def test_an_hour_can_be_switched_and_back(lake: HoursLake) -> None:
    """It says since when it lies there; its columns stay those of the contract."""
    there = Location(f"{lake.uri}/elsewhere/", SINCE)

    lake.catalog.switch(TABLE, HOUR, stream_folder(lake), there)

    assert lake.catalog.location(TABLE, HOUR) == there
    assert lake.catalog.locations(TABLE) == {HOUR: there}
    found = lake.glue.get_partitions(DatabaseName=TABLE.database, TableName=TABLE.name)["Partitions"][0]
    assert len(found["StorageDescriptor"]["Columns"]) == len(TABLE.schema)
    lake.catalog.switch(TABLE, HOUR, there, stream_folder(lake))
    assert lake.catalog.location(TABLE, HOUR) == stream_folder(lake)


def test_the_stream_does_not_switch_it_back(lake: HoursLake) -> None:
    """A job that starts anew registers the hours it writes, where they are not registered."""
    there = Location(f"{lake.uri}/elsewhere/", SINCE)
    lake.catalog.switch(TABLE, HOUR, stream_folder(lake), there)

    lake.catalog.ensure_partitions(TABLE, [HOUR, NEXT_HOUR])

    assert lake.catalog.location(TABLE, HOUR) == there
    assert len(lake.catalog.locations(TABLE)) == 2


def test_an_hour_that_lies_elsewhere_than_expected_is_not_switched(lake: HoursLake) -> None:
    """Also one switched to the same folder again, one that has gone, and one that has come."""
    there = Location(f"{lake.uri}/elsewhere/", SINCE)
    lake.catalog.switch(TABLE, HOUR, stream_folder(lake), there)

    for values, expected in [(HOUR, stream_folder(lake)), (HOUR, None), (NEXT_HOUR, there)]:
        with pytest.raises(SwitchRefused, match="somebody else has switched it; run the same again"):
            lake.catalog.switch(TABLE, values, expected, Location("s3://nowhere/"))
    with pytest.raises(SwitchRefused):
        lake.catalog.switch(TABLE, HOUR, Location(there.uri), Location("s3://nowhere/"))

    assert lake.catalog.locations(TABLE) == {HOUR: there}


def test_an_hour_that_is_not_registered_can_be_put_somewhere(lake: HoursLake) -> None:
    """A rebuild may find records for an hour that the stream has published nothing of."""
    there = Location(f"{lake.uri}/elsewhere/", SINCE)
    lake.catalog.switch(TABLE, NEXT_HOUR, None, there)
    assert lake.catalog.location(TABLE, NEXT_HOUR) == there


def test_the_hours_of_a_table_that_is_not_there_are_refused(lake: HoursLake) -> None:
    """None would be done, and nobody would know that the catalogue is another."""
    lake.glue.delete_table(DatabaseName=TABLE.database, Name=TABLE.name)
    with pytest.raises(CatalogError, match=f"^partitions of {TABLE.database}.{TABLE.name}: .*EntityNotFound"):
        lake.catalog.locations(TABLE)
