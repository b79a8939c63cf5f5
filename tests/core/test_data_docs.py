"""Data Docs: pages that a person opens without a network, the newest at one place, and not too many."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import count
from pathlib import Path

import pytest

from glue_jobs.contracts.orders import PROCESSED, RAW
from glue_jobs.contracts.zones import RESOURCES, zone_of
from glue_jobs.core import data_docs
from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.errors import SinkError
from glue_jobs.core.expectations import Suite, as_delivered, one_row_each
from glue_jobs.core.storage import Storage, open_storage
from glue_jobs.core.validation import Finding, Verdict
from tests.core.buckets import new_bucket, write

NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)
BELOW = "resources/data_docs/orders"


@dataclass
class Page(HTMLParser):
    """What a browser would make of a page: the text it shows, and all that it links to or fetches."""

    html: str
    text: str = ""
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(params=["file", "s3"])
def lake(request: pytest.FixtureRequest, aws: str, tmp_path: Path) -> Storage:
    """An empty lake, on this machine and on S3."""
    on_disk = (tmp_path / "a lake").as_uri()
    return open_storage(on_disk if request.param == "file" else f"s3://{new_bucket()}/a prefix")


@pytest.fixture
def disk(tmp_path: Path) -> Storage:
    """One on this machine."""
    return open_storage((tmp_path / "lake").as_uri())


def minutes() -> Callable[[], datetime]:
    """A clock that goes on by a minute each time it is asked."""
    passed = count()
    return lambda: NOON + timedelta(minutes=next(passed))


def passed(suite: Suite) -> Verdict:
    """All holds."""
    return Verdict(suite, tuple(Finding(one, holds=True) for one in (*suite.of_columns, *suite.of_rows)))


def refused(value: str = "d") -> Verdict:
    """Seven rows have another operation, one of them this."""
    suite = as_delivered(RAW, rows=10)
    row = {"order_id": "order-7", "landing_file": "landing/orders/a.gz", "landing_line": "3"}
    operation = next(one for one in suite.of_rows if one.says == "is one of i, u")
    wrong = Finding(operation, False, 7, sample=({**row, "database_operation": value},))
    found = (wrong if one.expectation == operation else one for one in passed(suite).findings)
    return Verdict(suite, tuple(found))


def newest(lake: Storage) -> Page:
    """The page that a person opens."""
    return Page(lake.read_file(f"{BELOW}/index.html").decode())


def results(lake: Storage) -> list[str]:
    """The names of the pages that are kept."""
    return sorted(Path(file.path).name for file in lake.list_files(f"{BELOW}/results"))


def test_the_newest_result_is_at_one_place_and_links_to_those_before(lake: Storage) -> None:
    """Every link leads to a page that is there."""
    docs = DataDocs(lake, "orders", minutes())

    docs.keep(passed(as_delivered(RAW, rows=10)))
    docs.keep(passed(one_row_each(PROCESSED)))
    docs.keep(refused())

    assert "raw_orders: refused" in newest(lake).text
    assert results(lake) == [
        "20241120T120000000000Z-raw_orders-passed.html",
        "20241120T120100000000Z-processed_orders-passed.html",
        "20241120T120200000000Z-raw_orders-refused.html",
    ]
    assert newest(lake).links == [f"results/{name}" for name in reversed(results(lake))]
    for name in results(lake):
        assert Page(lake.read_file(f"{BELOW}/results/{name}").decode()).links == ["../index.html"]


def test_a_page_says_what_failed_and_shows_the_rows(disk: Storage) -> None:
    """First of all, and then all that holds."""
    DataDocs(disk, "orders", minutes()).keep(refused())

    text = newest(disk).text
    for shown in (
        "1 of 27 expectations fails, so nothing of these rows was published.",
        "Looked at on 2024-11-20 12:00:00 UTC.",
        "database_operation: is one of i, u",
        "7 rows break it; 1 of them:",
        "order-7",
        "is at least 2000-01-01T00:00:00Z",
    ):
        assert shown in text


def test_a_page_says_what_was_not_looked_at(disk: Storage) -> None:
    """Rows of other columns."""
    suite = as_delivered(RAW, rows=10)
    columns = tuple(Finding(one, False, observed="id") for one in suite.of_columns[:1])

    DataDocs(disk, "orders", minutes()).keep(Verdict(suite, columns, suite.of_rows))

    assert newest(disk).text.count("not looked at: the columns are others") == len(suite.of_rows)
    assert "got id" in newest(disk).text


def test_a_page_fetches_nothing_and_runs_nothing(disk: Storage) -> None:
    """It is read where there is no network, and what others sent stays text."""
    DataDocs(disk, "orders", minutes()).keep(refused("<script src=//evil.example>&"))

    page = newest(disk)
    assert "<script src=//evil.example>&" in page.text
    assert page.tags & {"script", "link", "img", "iframe", "object", "form"} == set()
    assert all(link.startswith("results/") for link in page.links)
    assert "url(" not in page.html
    assert "default-src 'none'" in page.html


def test_a_bounded_number_of_results_is_kept(lake: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go; what else lies there stays."""
    monkeypatch.setattr(data_docs, "_KEPT", 3)
    write(lake, f"{BELOW}/results/notes.txt", b"of a person")
    docs = DataDocs(lake, "orders", minutes())

    for _ in range(5):
        docs.keep(passed(one_row_each(PROCESSED)))

    kept = [f"20241120T120{minute}00000000Z-processed_orders-passed.html" for minute in (2, 3, 4)]
    assert results(lake) == [*kept, "notes.txt"]
    assert newest(lake).links == [f"results/{name}" for name in reversed(kept)]


def test_the_pages_lie_in_the_zone_of_resources() -> None:
    """Which is kept: their number is bounded here, and S3 keeps old versions of the index for a while."""
    assert zone_of(data_docs.FOLDER) is RESOURCES


def test_where_the_pages_cannot_be_written_the_error_says_so(tmp_path: Path) -> None:
    """With the place."""
    (tmp_path / "resources").touch()

    with pytest.raises(SinkError, match=r"cannot write Data Docs file:///.*/orders/index\.html: "):
        DataDocs(open_storage(tmp_path.as_uri()), "orders", minutes()).keep(refused())
