"""`sluice quarantine redrive`, as far as it needs no Spark: what it shows, what it does, what it refuses."""

import json

import pytest

from glue_jobs.contracts.mobile_coverage import AGGREGATES
from glue_jobs.core.catalog import Location
from glue_jobs.core.repair.versions import versions_folder
from tests.cli.conftest import Called, Sluice
from tests.core.buckets import new_bucket
from tests.core.hours_lake import HOUR, HoursLake, glue_client
from tests.core.repair.rejecting import GOOD, redriven_rows, reject
from tests.security.test_shown_data import ESCAPES, SHOWN

FIRST = AGGREGATES[0].table
EXPRESSION = ("--raw_text", "true", "--expression", 'ltrimstr("LOG ") | fromjson')


@pytest.fixture
def lake(aws: str) -> HoursLake:
    """Three rejected records, whose events are of an hour that is still open."""
    made = HoursLake(f"s3://{new_bucket()}/a prefix", glue_client())
    reject(made, 0, [b"LOG " + GOOD, b"LOG {}", b"no json"])
    return made


def redrive(sluice: Sluice, lake: HoursLake, *arguments: str) -> Called:
    """What the command ends with."""
    where = ("--lake_uri", lake.uri, "--checkpoint_uri", lake.checkpoint)
    called: Called = sluice("quarantine", "redrive", *where, *arguments)
    return called


def test_it_shows_what_would_be_and_changes_nothing(sluice: Sluice, lake: HoursLake) -> None:
    """Some records of each outcome, and how many there are."""
    before = lake.paths()

    called = redrive(sluice, lake, *EXPRESSION, "--width", "10")

    assert lake.paths() == before
    assert called.out.splitlines() == [
        "would be accepted: malformed_json 2026-03-01 07:15:30 shard-0/0-0",
        f'  before  LOG {{"time… ({len(GOOD) + 4} bytes)',
        f'  after   {{"timestam… ({len(GOOD)} bytes)',
        "still rejected: malformed_json 2026-03-01 07:15:30 shard-0/0-1",
        "  before  LOG {}",
        "  after   {}",
        "  why     missing_field (timestamp)",
        "expression failed: malformed_json 2026-03-01 07:15:30 shard-0/0-2",
        "  before  no json",
        "  why     Invalid nu… (69 bytes)",
        "1 would be accepted",
        "1 still rejected: missing_field (timestamp)",
        "1 left, for the expression failed",
        "nothing was changed; --apply appends to raw what is accepted, and rebuilds its hours",
    ]


def test_so_many_of_each_outcome_are_shown(sluice: Sluice, lake: HoursLake) -> None:
    """All are counted."""
    reject(lake, 1, [b"bad"] * 9)
    told = json.loads(redrive(sluice, lake, *EXPRESSION, "--limit", "2", "--format", "json").out)
    assert [one["outcome"] for one in told["examples"]] == [
        "accepted",
        "still rejected",
        "expression failed",
        "expression failed",
    ]
    assert (told["applied"], told["accepted"], told["expression_failed"]) == (False, 1, 10)
    assert told["still_rejected"] == [{"reason": "missing_field", "field": "timestamp", "records": 1}]


def test_applied_it_names_the_hours_that_have_to_wait(sluice: Sluice, lake: HoursLake) -> None:
    """Once; the second time it changes nothing."""
    first, second = (redrive(sluice, lake, *EXPRESSION, "--apply") for _ in range(2))
    assert first.err == second.err == ""

    waiting = "still open: 2026-03-01 07; the rebuild of late records takes theirs in once they are closed"
    assert first.out.splitlines()[-5:] == [
        "1 accepted",
        "1 still rejected: missing_field (timestamp)",
        "1 left, for the expression failed",
        "redrive 1: 1 record is in raw",
        waiting,
    ]
    assert second.out.splitlines()[-5:] == [
        "0 accepted",
        "1 still rejected: missing_field (timestamp)",
        "1 left, for the expression failed",
        "1 left, for they were redriven before",
        waiting,
    ]
    assert len(redriven_rows(lake)) == 1


def test_where_hours_cannot_be_rebuilt_it_tells_what_is_done(sluice: Sluice, lake: HoursLake) -> None:
    """The records are in raw, once; when the trouble is over the same again rebuilds."""
    nowhere = Location(f"{lake.storage.uri}/{versions_folder(FIRST)}/nothing/", switched_at=lake.clock())
    lake.catalog.ensure_table(FIRST)
    lake.catalog.switch(FIRST, HOUR, None, nowhere)

    for _ in range(2):
        called = redrive(sluice, lake, *EXPRESSION, "--apply")

        assert called.code == 1
        assert called.err.startswith(
            "sluice: what was redriven is in raw, but not all of its hours are rebuilt: "
        )
        assert called.out.endswith(" record is in raw\n") or "redriven before" in called.out
    assert len(redriven_rows(lake)) == 1


def test_list_and_show_tell_what_was_redriven(sluice: Sluice, lake: HoursLake) -> None:
    """They can be asked for the ones or the others."""
    redrive(sluice, lake, *EXPRESSION, "--apply")

    def read(act: str, *arguments: str) -> str:
        called: Called = sluice("quarantine", act, "--lake_uri", lake.uri, *arguments)
        return called.out

    listed = [" ".join(line.split()) for line in read("list").splitlines()]
    assert "2026-03-01 07 malformed_json 3 1" in listed
    assert listed[-1] == "3 records, 1 redriven"
    assert read("list", "--redriven", "no").splitlines()[-1] == "2 records"
    shown = read("show", "--redriven", "yes", "--width", "3").splitlines()
    assert [line.partition(", redriven 20")[0] for line in shown] == [
        "malformed_json 2026-03-01 07:15:30 shard-0/0-0",
        "1 shown",
    ]
    assert "(redrive 1)  LOG… " in shown[0]
    assert [one["redriven"] for one in json.loads(read("show", "--format", "json"))[1:]] == [None, None]


def test_it_does_not_offer_to_go_without_a_catalogue(sluice: Sluice, lake: HoursLake) -> None:
    """A rebuild puts records into the tables by a switch in the catalogue."""
    called = redrive(sluice, lake, "--folders")
    assert (called.code, "unrecognized arguments: --folders" in called.err) == (2, True)
    assert "--folders" not in sluice("quarantine", "redrive", "--help").out
    assert "--folders" in sluice("quarantine", "list", "--help").out


@pytest.mark.parametrize("more", [(), ("--apply",)], ids=["look", "apply"])
def test_a_lake_that_was_mistyped_is_not_made(sluice: Sluice, lake: HoursLake, more: tuple[str, ...]) -> None:
    """Its lease would lie there alone."""
    typed = HoursLake(f"{lake.root}x", lake.glue)
    called = sluice(
        "quarantine", "redrive", "--lake_uri", typed.uri, "--checkpoint_uri", lake.checkpoint, *more
    )
    assert (called.code, called.err.count("\n")) == (2, 1)
    assert f"--lake_uri {typed.uri}: no table is there, nothing was made; give the lake" in called.err
    assert list(typed.storage.list_files("")) == []


def test_list_and_show_go_on_without_a_ledger_that_is_gone(sluice: Sluice, lake: HoursLake) -> None:
    """And say on stderr that some look as if they had not been redriven."""
    redrive(sluice, lake, *EXPRESSION, "--apply")
    lake.storage.delete_files([path for path in lake.paths() if "__redriven/" in path])

    for act in ("list", "show"):
        called = sluice("quarantine", act, "--lake_uri", lake.uri)
        assert (called.code, called.err.count("\n")) == (0, 1)
        assert "__redriven: the ledger of redrive 1 is gone, " in called.err
        assert called.out.splitlines()[-1] in ("3 records", "3 shown")


def test_without_an_expression_the_contract_judges_them_anew(sluice: Sluice, lake: HoursLake) -> None:
    """Byte for byte as they came: it may have changed since."""
    reject(lake, 1, [GOOD])
    redrive(sluice, lake, "--apply")
    assert [row["data"] for row in redriven_rows(lake)] == [GOOD]


def test_no_terminal_obeys_a_payload(sluice: Sluice, lake: HoursLake) -> None:
    """Neither what came, nor what an expression makes of it or says."""
    reject(lake, 1, [ESCAPES.encode()])
    for expression in ("{a: .}", "error(.)"):
        called = redrive(sluice, lake, "--raw_text", "true", "--expression", expression, "--limit", "9")
        assert SHOWN in called.out
        assert "\x1b" not in called.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--expression", ".a ||"], 2, "--expression: got '.a ||', which jq does not understand: "),
        (["--raw_text", "true"], 2, "--raw_text: got true without an --expression; "),
        (["--raw_text", "yes"], 2, "--raw_text: got 'yes'; give true or false"),
        (["--reason", "bad"], 2, "--reason: got 'bad'; there are too_large, "),
        (["--limit", "0"], 2, "--limit: got '0'; give a whole number above zero"),
    ],
)
def test_what_it_refuses_is_one_line(
    sluice: Sluice, lake: HoursLake, arguments: list[str], code: int, said: str
) -> None:
    """Whether it would look or do."""
    for more in ([], ["--apply"]):
        called = redrive(sluice, lake, *arguments, *more)
        assert (called.code, said in called.err, called.err.count("\n")) == (code, True, 1)
