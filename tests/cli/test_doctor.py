"""`sluice doctor`: what it shows, and how it asks before it takes a query back."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from glue_jobs.core.lease import writer_lease
from tests.core.sample_query import QUERY, SampleQuery


@pytest.fixture
def query(tmp_path: Path) -> SampleQuery:
    """Seven batches, all of them done."""
    made = SampleQuery((tmp_path / "query").as_uri())
    made.make()
    return made


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def going_back(query: SampleQuery, to: str, *more: str) -> list[str]:
    """The arguments of a rewind."""
    return ["doctor", query.checkpoint, "--rewind", to, "--lake_uri", query.lake, *more]


def test_it_shows_how_far_the_query_is(
    sluice: Any, query: SampleQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches, how far back it can go, watermark, source and how much of it was taken, state, health."""
    monkeypatch.setenv("COLUMNS", "200")
    query.remove("checkpoint/commits/6")

    called = sluice("doctor", query.checkpoint)

    shown = {line[:13].strip(): line[13:].strip() for line in called.out.splitlines()}
    assert shown.pop("planned").endswith("ago); not committed, so the next start runs it again")
    assert re.fullmatch(r"\d\.\d MiB on disk", shown.pop("state"))
    assert (called.code, shown) == (
        0,
        {
            "query": QUERY,
            "event": "mobile_coverage",
            "committed": "batch 5",
            "back to": "batch 0, with --rewind",
            "watermark": "2026-03-01 11:52:00 UTC",
            "source": f"files: {query.source}",
            "files taken": "7",
            "lake": query.lake,
            "writer": "nobody",
            "health": "a job can go on from here",
        },
    )


def test_it_shows_the_offsets_of_each_shard(sluice: Any, query: SampleQuery) -> None:
    """And as JSON all that there is."""
    at = {"shardId-000000000000": {"after": "495", "records": 2, "ended": True}}
    query.offsets(6, {"start": "TRIM_HORIZON", "shards": at})

    assert re.search(r"shardId-000000000000\W+495\W+to its end", sluice("doctor", query.checkpoint).out)
    told = json.loads(sluice("doctor", query.checkpoint, "--format", "json").out)
    assert (told["offsets"]["shards"], told["files_taken"], told["oldest"]) == (at, None, 0)


def test_how_far_back_it_can_go_is_what_spark_has_kept(sluice: Any, query: SampleQuery) -> None:
    """Entries of batches 0 to 2 are purged, and what is left of the state begins with a snapshot."""
    for batch in (0, 1, 2):
        query.remove(f"checkpoint/offsets/{batch}", f"checkpoint/commits/{batch}")
    query.remove(*(f"checkpoint/state/0/{store}/{n}.changelog" for store in (0, 1) for n in range(1, 5)))

    assert json.loads(sluice("doctor", query.checkpoint, "--format", "json").out)["oldest"] == 5


def test_a_rewind_says_what_it_removes_and_does_it_with_yes(sluice: Any, query: SampleQuery) -> None:
    """In counts, on standard error; then the health is shown as ever."""
    called = sluice(*going_back(query, "4", "--yes"))

    said = [line.replace(query.root, "…") for line in called.err.splitlines()]
    assert said == [
        "looking at …/checkpoint and …/lake",
        "back to batch 4, planned at 2026-03-01 12:01:20 UTC; the newest is batch 6",
        "from …/lake it removes what later batches wrote:",
        "        4 files of aggregations/status_count",
        "        4 files of raw/mobile_coverage",
        "from …/checkpoint it removes their progress and state:",
        "       18 files of offsets, commits and sources",
        "       24 files of the state",
        "the next start reads their records again; readers miss those batches until then",
        "removed 50 files; the next start goes on after batch 4",
    ]
    assert called.code == 0
    assert "committed    batch 4" in called.out


@pytest.mark.parametrize("to", ["2026-03-01T12:01:30Z", "2026-03-01T13:01:30+01:00", "2026-03-01 12:01:30"])
def test_a_time_is_utc_unless_it_says_otherwise(sluice: Any, query: SampleQuery, to: str) -> None:
    """The last batch that was planned by then."""
    assert "back to batch 4," in sluice(*going_back(query, to, "--yes")).err


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_on_a_terminal_it_asks(
    sluice: Any, query: SampleQuery, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """Anything but yes changes nothing."""
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    before = query.files()

    called = sluice(*going_back(query, "4"))

    assert "go on? [y/N] " in called.err
    assert called.code == code
    assert (query.files() == before) is (code == 1)
    assert ("nothing was changed" in called.err) is (code == 1)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["--rewind", "4", "--lake_uri", "{lake}"],
            "there is nobody to ask; look at what it removes, then give",
        ),
        (["--rewind", "4", "--yes"], "--lake_uri: missing; --rewind needs the lake"),
        (["--rewind", "soon", "--lake_uri", "{lake}", "--yes"], "--rewind: got 'soon'; give the number of a"),
        (
            ["--rewind", "-1", "--lake_uri", "{lake}", "--yes"],
            "--rewind: got '-1'; give the number of a batch",
        ),
        (["--rewind", "4", "--lake_uri", "lake", "--yes"], "got 'lake'; give a folder as file:///absolute"),
        (["--rewind", "4", "--repair"], "not allowed with argument"),
    ],
)
def test_wrong_use_of_a_rewind_changes_nothing(
    sluice: Any, query: SampleQuery, monkeypatch: pytest.MonkeyPatch, arguments: list[str], error: str
) -> None:
    """Exit code 2, and what to do."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    before = query.files()

    called = sluice("doctor", query.checkpoint, *(text.format(lake=query.lake) for text in arguments))

    assert (called.code, error in called.err.splitlines()[-1]) == (2, True), called.err
    assert query.files() == before


def test_a_rewind_that_is_refused_says_why_and_has_code_1(sluice: Any, query: SampleQuery) -> None:
    """In one line: here because the batch is unknown, and because a run is writing."""
    refused = sluice(*going_back(query, "9", "--yes"))
    assert (refused.code, refused.err.count("\n")) == (1, 2)
    assert "batch 9 has not been planned; the newest is 6" in refused.err
    with writer_lease(query.checkpoint):
        held = sluice(*going_back(query, "4", "--yes"))
    assert (held.code, "another run (process " in held.err) == (1, True)


def test_a_rewind_that_was_interrupted_is_no_health(sluice: Any, query: SampleQuery) -> None:
    """It says what to do."""
    marker = query.folder / "checkpoint/_rewind.json"
    marker.write_text(json.dumps({"batch": 4, "lake_uri": query.lake}))

    called = sluice("doctor", query.checkpoint)

    assert "a rewind to batch 4 was interrupted; run the same command again" in called.out
    assert called.code == 1
