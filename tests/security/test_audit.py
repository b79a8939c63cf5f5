"""What is known about a locked package is told, and silence is not taken for good news."""

import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts.audit import Accepted, Finding, accepted_in, audit, open_findings

TODAY = date(2026, 11, 22)
HOLE = Finding("requirements.lock", "pyarrow", "17.0.0", "PYSEC-1", "fixed in 18.0.0")
WHEEL = "victim-1.0-py3-none-any.whl"


class Vulnerabilities(BaseHTTPRequestHandler):
    """A source that knows of holes in these packages."""

    known: tuple[str, ...] = ()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}
        affected = {"package": {"name": asked, "ecosystem": "PyPI"}, "ranges": [fixed]}
        hole = {"id": f"PYSEC-{asked}", "summary": "A hole.", "aliases": ["CVE-1"], "affected": [affected]}
        answer = json.dumps({"vulns": [hole]} if asked in self.known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


class Index(SimpleHTTPRequestHandler):
    """A package index: the files of a folder."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: Any) -> Iterator[str]:
    """The address of a server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A lock file of one package, and an index that has it and says it was withdrawn if a test says so."""
    page = tmp_path / "index" / "victim"
    page.mkdir(parents=True)
    with zipfile.ZipFile(page / WHEEL, "w") as wheel:
        wheel.writestr("victim-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: victim\nVersion: 1.0\n")
        wheel.writestr(
            "victim-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("victim-1.0.dist-info/RECORD", "")
    (page / "index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')
    path = tmp_path / "requirements.lock"
    path.write_text("victim==1.0\n")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    with serving(lambda *arguments: Index(*arguments, directory=str(tmp_path / "index"))) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        yield path


@contextmanager
def source_of(*known: str) -> Iterator[tuple[str, ...]]:
    """A source of vulnerabilities that knows of holes in these packages."""
    with serving(type("Known", (Vulnerabilities,), {"known": known})) as address:
        yield ("-s", "osv", "--osv-url", address)


def test_a_known_vulnerability_is_open(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told with its id and the version that mends it."""
    with source_of("jinja2", "victim") as source:
        assert audit([lock], [source], [], TODAY) == 1

    assert (
        "audit: OPEN: requirements.lock: victim 1.0: PYSEC-victim (fixed in 9.9)" in capsys.readouterr().out
    )


def test_a_source_that_knows_nothing_is_not_good_news(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It does not even know of the famous release, so nothing was audited; nor does one that is not there."""
    with source_of() as silent:
        assert audit([lock], [("-s", "osv", "--osv-url", "http://127.0.0.1:9"), silent], [], TODAY) == 3

    assert capsys.readouterr().out.startswith("audit: NOT AUDITED: requirements.lock: no source")


def test_nothing_known_is_good_news_from_a_source_that_knows(lock: Path) -> None:
    """The source knows of the famous release and of nothing in the lock file."""
    with source_of("jinja2") as source:
        assert audit([lock], [source], [], TODAY) == 0


def test_a_withdrawn_release_is_open_also_where_nobody_knows_vulnerabilities(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The index itself says so, and why."""
    page = lock.parent / "index" / "victim" / "index.html"
    page.write_text(f'<a href="{WHEEL}" data-yanked="stolen key">{WHEEL}</a>')

    assert audit([lock], [], [], TODAY) == 1

    output = capsys.readouterr().out
    assert "audit: OPEN: requirements.lock: victim 1.0: withdrawn (stolen key)" in output
    assert "audit: NOT AUDITED" in output


def test_a_vulnerability_can_be_accepted_by_its_cve(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sources give ids of their own; the CVE is the same everywhere. It is told all the same."""
    with source_of("jinja2", "victim") as source:
        accepted = [Accepted("CVE-1", "victim", "not reached", date(2027, 3, 1))]
        assert audit([lock], [source], accepted, TODAY) == 0

    assert "audit: accepted: requirements.lock: victim 1.0: PYSEC-victim" in capsys.readouterr().out


def test_an_accepted_finding_is_open_again_from_its_day_on() -> None:
    """What is accepted is looked at again."""
    accepted = [Accepted("PYSEC-1", "pyarrow", "Glue 5.1 ships it", date(2027, 3, 1))]

    assert open_findings([HOLE], accepted, date(2027, 2, 28)) == []
    assert open_findings([HOLE], accepted, date(2027, 3, 1)) == [HOLE]


def test_a_finding_is_accepted_for_its_package_alone() -> None:
    """The same hole in another package is open."""
    accepted = [Accepted("PYSEC-1", "pandas", "not reached", date(2027, 3, 1))]

    assert open_findings([HOLE], accepted, TODAY) == [HOLE]


def test_accepted_findings_are_read_from_pyproject() -> None:
    """Each with a reason and a day; one without is an error."""
    entry = '[[tool.sluice.audit.accepted]]\nid = "PYSEC-1"\npackage = "pyarrow"\nreason = "pinned"\n'

    assert accepted_in(f"{entry}until = 2027-03-01\n") == [
        Accepted("PYSEC-1", "pyarrow", "pinned", date(2027, 3, 1))
    ]
    with pytest.raises(TypeError, match="until"):
        accepted_in(entry)
