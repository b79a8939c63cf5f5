"""What the event of a micro-batch tells of repeats."""

from pathlib import Path

from pyspark.sql import SparkSession

from glue_jobs.core.event_keys import PAYLOAD
from tests.core.test_observe import events_of
from tests.events import payload
from tests.lake import write_lines


def test_repeats_in_time_are_counted_and_keys_kept_until_their_window_is_published(
    spark: SparkSession, tmp_path: Path
) -> None:
    """However long the stream, the state holds those of open windows; a late repeat brings none back."""
    ten = [payload(timestamp=f"2026-03-01T07:{minute:02}:00Z") for minute in range(10)]
    later = [[payload(timestamp=f"2026-03-01T{hour:02}:00:00Z")] for hour in (8, 9, 10)]
    for number, lines in enumerate([[*ten, *ten], ten, later[0], ten, ten, *later[1:]]):
        write_lines(tmp_path / "in", str(number), lines)

    events = events_of(spark, tmp_path, "timestamp '2026-03-01 10:00:00'", deduplicate=PAYLOAD)

    told = [(event["repeats"], event["rows_dropped_late"], event["keys_kept"]) for event in events]
    assert told == [
        (10, 0, 10),
        (10, 0, 10),
        (0, 0, 11),
        (10, 0, 1),
        (0, 10, 1),
        (0, 0, 2),
        (0, 0, 2),
        (0, 0, 1),
    ]
    assert [event["accepted"] for event in events] == [20, 10, 1, 10, 10, 1, 1, 0]
