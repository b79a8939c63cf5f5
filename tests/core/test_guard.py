"""What a start is refused for."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql.types import DataType, DoubleType, StringType, StructField, StructType

from glue_jobs.contracts.contract import TableContract, described
from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, RAW, STATUS_COUNT, TABLES
from glue_jobs.core.batch_files import Batch
from glue_jobs.core.guard import StartRefused, guard_start, source_of
from glue_jobs.core.options import StreamOptions, parse_options
from glue_jobs.core.pieces import Redrive
from glue_jobs.core.windows import Windows
from tests.core.guarded_place import FILES, OTHER, OWN, WINDOWS, Place

DEDUPLICATING = dataclasses.replace(WINDOWS, deduplicate=("payload",))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Both empty."""
    return Place(tmp_path)


@pytest.fixture
def begun(place: Place) -> Place:
    """Started once, with a file of the query's in each kind of table."""
    place.start_once()
    return place


def test_a_new_checkpoint_over_an_empty_lake_starts(place: Place) -> None:
    """Its definition is kept for later starts."""
    place.start()

    kept = place.kept()
    assert kept == {**WINDOWS.definition, "source": FILES, "lake": place.lake}
    assert kept["aggregates"]["status_count"] == {
        "keys": ["postal_code", "status", "description"],
        "measures": {"status_count": "count(*)"},
    }
    assert kept["field_types"]["signal"] == "int"


def test_a_checkpoint_goes_on_with_what_it_has_written(begun: Place) -> None:
    """As often as it likes."""
    begun.start()
    begun.start()


def test_a_lake_may_move_and_is_kept_with_the_checkpoint(begun: Place) -> None:
    """What is kept is where the job wrote last."""
    (begun.root / "lake").rename(begun.root / "lake_moved")
    begun.start(lake=f"{begun.lake}_moved")

    assert begun.kept()["lake"] == f"{begun.lake}_moved"


def test_a_start_that_never_ran_leaves_no_definition_to_keep_to(place: Place) -> None:
    """No batch was planned, so nothing is mixed."""
    place.start()

    place.start(Windows(EVENT, AGGREGATES, timedelta(minutes=5)))


def test_a_redrive_of_another_query_is_output_of_it(begun: Place) -> None:
    """One of its own is not."""
    hour = f"{RAW.path}/ingest_date=2026-03-01/hour=07"
    begun.publish(f"{hour}/{Redrive(OWN, 1, until=3).file_name}")
    begun.start()
    begun.publish(f"{hour}/{Redrive(OTHER, 1, until=3).file_name}")
    with pytest.raises(StartRefused, match=f"raw_mobile_coverage holds files of query {OTHER}"):
        begun.start()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_output_of_another_query_is_not_added_to(begun: Place, table: TableContract) -> None:
    """In whichever table it lies; the error names both queries and the choices."""
    begun.publish(f"{table.path}/a=b/hour=07/{Batch(OTHER, 0).file_name(0)}")

    refusal = f"files of query {OTHER}.* is of query {OWN}.* or a new --lake_uri"
    with pytest.raises(StartRefused, match=refusal):
        begun.start()


def test_a_new_checkpoint_over_old_output_is_refused(begun: Place, tmp_path: Path) -> None:
    """It would publish every window a second time."""
    with pytest.raises(StartRefused, match=f"files of query {OWN}.* has not begun: windows would be"):
        guard_start((tmp_path / "new").as_uri(), begun.lake, TABLES, WINDOWS.definition)


def test_files_of_no_stream_are_none_of_its_business(begun: Place) -> None:
    """What was rebuilt or compacted has other names; a draft counts for nothing."""
    for name in ("rebuilt.parquet", f".x-{Batch(OTHER, 0).file_name(0)}"):
        begun.publish(f"{STATUS_COUNT.table.path}/event_date=2026-03-01/hour=07/{name}")

    begun.start()


ANOTHER = {
    "window_seconds was 120.0, is 300.0": Windows(EVENT, AGGREGATES, timedelta(minutes=5)),
    "version was 1, is 2": Windows(dataclasses.replace(EVENT, version=2), AGGREGATES, EVENT.window),
    "aggregates.gps_precision_by_provider was {.*}, is null": Windows(
        EVENT, (AGGREGATES[0], AGGREGATES[2]), EVENT.window
    ),
    r'aggregates.status_count.keys was \["postal_code", "status", "description"\], is \["status"\]': Windows(
        EVENT, (*AGGREGATES[:2], dataclasses.replace(STATUS_COUNT, keys=("status",))), EVENT.window
    ),
    r'deduplicate was \[\], is \["payload"\]': DEDUPLICATING,
}


@pytest.mark.parametrize("difference", ANOTHER)
def test_another_definition_is_refused(begun: Place, difference: str) -> None:
    """The error says what was and what is."""
    with pytest.raises(StartRefused, match=rf"another definition: {difference}(; .*)?\. Go back"):
        begun.start(ANOTHER[difference])


@pytest.mark.parametrize(
    ("source", "difference"),
    [
        ({"files": "file:///others"}, 'source.files was "file:///events", is "file:///others"'),
        ({"kinesis": "s"}, 'source.files was "file:///events", is null; source.kinesis was null, is "s"'),
    ],
)
def test_another_source_is_refused(begun: Place, source: dict[str, str], difference: str) -> None:
    """Every file of another folder would be taken again; positions in one stream say nothing of another."""
    with pytest.raises(StartRefused, match=f"another definition: {difference}. Go back to the old one, or"):
        begun.start(source=source)


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (["--source", "files", "--source_path", "file:///events/"], {"files": "file:///events"}),
        (["--stream_name", "s"], {"kinesis": "s"}),
        (
            ["--stream_name", "arn:aws:kinesis:eu-west-1:123456789012:stream/s"],
            {"kinesis": "arn:aws:kinesis:eu-west-1:123456789012:stream/s"},
        ),
    ],
)
def test_the_source_is_the_stream_or_the_folder_as_given(
    arguments: list[str], source: dict[str, str]
) -> None:
    """A slash at the end makes no other folder."""
    uris = ["--lake_uri", "file:///lake", "--checkpoint_uri", "file:///checkpoint"]
    assert source_of(parse_options(StreamOptions, ["job", *uris, *arguments], "")) == source


def test_what_an_older_checkpoint_does_not_say_is_filled_in(begun: Place) -> None:
    """What this start says is taken for what was; from then on it holds."""
    older = {name: begun.kept()[name] for name in ("event", "version", "window_seconds", "aggregates")}
    begun.keep(older)

    begun.start(source={"kinesis": "s"})

    assert begun.kept() == {**WINDOWS.definition, "source": {"kinesis": "s"}, "lake": begun.lake}
    with pytest.raises(StartRefused, match=r"source\.files was null"):
        begun.start()


def test_an_older_checkpoint_has_not_deduplicated(begun: Place) -> None:
    """Its windows count repeats, and no key of what they hold is kept."""
    older = begun.kept()
    del older["deduplicate"]
    begun.keep(older)

    with pytest.raises(StartRefused, match=r'deduplicate was \[\], is \["payload"\]'):
        begun.start(DEDUPLICATING)
    begun.start()


def test_an_older_checkpoint_is_still_held_to_what_it_does_say(begun: Place) -> None:
    """Nothing is filled in where the rest differs."""
    older = {**begun.kept(), "window_seconds": 300.0}
    del older["source"], older["lake"]
    begun.keep(older)

    with pytest.raises(StartRefused, match=r"window_seconds was 300\.0, is 120\.0"):
        begun.start()
    assert begun.kept() == older


def test_a_field_of_another_type_is_refused_where_an_aggregate_uses_it(begun: Place) -> None:
    """Spark could not read its own state; a field that no aggregate uses may become anything."""

    def with_type(name: str, data_type: DataType) -> Windows:
        fields = [
            StructField(field.name, data_type if field.name == name else field.dataType, field.nullable)
            for field in EVENT.schema
        ]
        return Windows(dataclasses.replace(EVENT, schema=StructType(fields)), AGGREGATES, EVENT.window)

    begun.start(with_type("speed", StringType()))
    with pytest.raises(StartRefused, match=r'field_types\.signal was "int", is "double"'):
        begun.start(with_type("signal", DoubleType()))


def test_a_field_added_to_the_event_changes_nothing_of_the_definition(begun: Place) -> None:
    """As long as no aggregate uses it."""
    added = StructType([*EVENT.schema, described("battery", StringType(), "charge of the battery")])

    begun.start(Windows(dataclasses.replace(EVENT, schema=added), AGGREGATES, EVENT.window))


def test_a_checkpoint_of_another_program_is_refused(place: Place) -> None:
    """It says nothing about what it counts."""
    place.begin()

    with pytest.raises(StartRefused, match="another program made it"):
        place.start()
