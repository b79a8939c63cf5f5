"""One writer at a time, whoever dies, sleeps or comes along."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from glue_jobs.core.errors import SinkError
from glue_jobs.core.lease import PATH, VALID, LeaseHeld, LeaseLost, writer_lease
from glue_jobs.core.storage import LocalStorage, open_storage
from tests.core.buckets import new_bucket, write

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["file", "s3"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URI of an empty checkpoint."""
    if request.param == "file":
        return tmp_path.as_uri()
    request.getfixturevalue("aws")
    return f"s3://{new_bucket()}/checkpoint"


class Clock:
    """Noon, until somebody pauses; what happens meanwhile is `meanwhile`."""

    def __init__(self) -> None:
        self.time = NOON
        self.meanwhile: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.meanwhile()


def hold(checkpoint: str, until: datetime, **process: Any) -> None:
    """Somebody else's right, as a run on another machine has written it."""
    elsewhere = {"host": "elsewhere", "machine": "other", "pid": 7, "born": "1"}
    holder = {"run": "theirs", "until": until.isoformat(), **elsewhere}
    write(open_storage(checkpoint), PATH, json.dumps({**holder, **process}).encode())


def holder(checkpoint: str) -> str:
    """The run that has the right."""
    return str(json.loads(open_storage(checkpoint).read_file(PATH))["run"])


def test_a_second_run_is_refused_and_the_first_goes_on(checkpoint: str) -> None:
    """At once, for the first is seen to be alive; the error names it and the choices."""
    with writer_lease(checkpoint) as lease:
        here = rf"another run \(process {os.getpid()} on {socket.gethostname()}\)"
        with pytest.raises(LeaseHeld, match=rf"^--checkpoint_uri {checkpoint}: {here} is writing; stop it"):
            writer_lease(checkpoint).__enter__()
        with lease.fence():
            assert holder(checkpoint) == lease.run


def test_what_is_given_back_is_free_at_once(checkpoint: str) -> None:
    """Also after an error in the run."""
    with pytest.raises(RuntimeError, match="failed"), writer_lease(checkpoint):
        raise RuntimeError("failed")

    with writer_lease(checkpoint) as lease, lease.fence():
        pass


def test_a_run_that_died_on_this_machine_is_followed_at_once(checkpoint: str) -> None:
    """Its process is gone, or its number belongs to another by now."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with writer_lease(checkpoint):
        here = json.loads(open_storage(checkpoint).read_file(PATH))["machine"]
    for process in ({"pid": dead.pid, "born": "1"}, {"pid": os.getpid(), "born": "1"}):
        hold(checkpoint, datetime.now(UTC) + VALID, machine=here, **process)
        with writer_lease(checkpoint) as lease, lease.fence():
            pass


def test_a_run_that_died_and_was_not_asked_for_yet_is_followed_at_once(checkpoint: str) -> None:
    """A process that was killed stays in the table of processes until its parent has looked."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        stat = Path(f"/proc/{process.pid}/stat")
        born = stat.read_text().rpartition(")")[2].split()[19]
        with writer_lease(checkpoint):
            here = json.loads(open_storage(checkpoint).read_file(PATH))["machine"]
        hold(checkpoint, datetime.now(UTC) + VALID, machine=here, pid=process.pid, born=born)
        with pytest.raises(LeaseHeld):
            writer_lease(checkpoint).__enter__()

        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not asked for
        with writer_lease(checkpoint) as lease, lease.fence():
            assert stat.exists()


def test_a_run_that_died_elsewhere_is_followed_when_its_right_has_expired(checkpoint: str) -> None:
    """Not a second before."""
    hold(checkpoint, NOON + VALID)
    clock = Clock()

    with writer_lease(checkpoint, clock.now, clock.pause) as lease, lease.fence():
        assert clock.time == NOON + VALID


def test_a_run_that_renews_elsewhere_is_alive(checkpoint: str) -> None:
    """The newcomer is refused as soon as it sees that."""
    hold(checkpoint, NOON + VALID)
    clock = Clock()
    clock.meanwhile = lambda: hold(checkpoint, clock.time + VALID)

    with pytest.raises(LeaseHeld, match=r"process 7 on elsewhere\) is writing"):
        writer_lease(checkpoint, clock.now, clock.pause).__enter__()
    assert clock.time < NOON + VALID


def test_a_run_that_was_overtaken_writes_nothing_more(checkpoint: str) -> None:
    """A file that it was writing vanishes, and the name keeps what the other has put there."""
    storage = open_storage(checkpoint)
    with pytest.raises(LeaseLost, match="taken over by process 7"), writer_lease(checkpoint) as lease:  # noqa: PT012
        hold(checkpoint, datetime.now(UTC) + VALID)
        write(storage, "t/a", b"theirs")
        with (
            pytest.raises(LeaseLost, match="taken over by process 7 on elsewhere"),
            storage.new_file("t/a", lease.fence) as file,
        ):
            file.write(b"ours")
    assert storage.read_file("t/a") == b"theirs"
    assert [file.path for file in storage.list_files("t")] == ["t/a"]
    assert holder(checkpoint) == "theirs"  # nor does it give back what is not its own


def test_nobody_takes_over_while_a_file_gets_its_name(tmp_path: Path) -> None:
    """On a disk a takeover waits for that."""
    with (
        writer_lease(tmp_path.as_uri()) as lease,
        lease.fence(),
        (tmp_path / f"{PATH}.lock").open("ab") as lock,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_run_that_stands_still_while_it_changes_its_right_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever, and nobody goes on without knowing what it will do next."""
    monkeypatch.setattr("glue_jobs.core.file_lock._PATIENCE", timedelta(seconds=0.03))
    lock = tmp_path / f"{PATH}.lock"
    stands_still = rf"--checkpoint_uri .*locked by another process for 0.03 s: .* end it .*: '{lock}'"
    with lock.open("ab") as held, pytest.raises(SinkError, match=stands_still):  # noqa: PT012
        fcntl.flock(held, fcntl.LOCK_SH)
        writer_lease(tmp_path.as_uri()).__enter__()


def test_the_right_is_renewed_while_the_run_lives(checkpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time for as long again."""
    monkeypatch.setattr("glue_jobs.core.lease.VALID", timedelta(seconds=0.03))
    storage = open_storage(checkpoint)
    with writer_lease(checkpoint):
        first = later = storage.read_file(PATH)
        while later == first:
            later = storage.read_file(PATH)
    assert json.loads(later)["until"] > json.loads(first)["until"]


def test_an_overtaken_run_is_told_when_it_wants_to_renew(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once; and it ends with an error, whatever it did until then."""
    monkeypatch.setattr("glue_jobs.core.lease.VALID", timedelta(seconds=0.03))
    told = Event()
    with (  # noqa: PT012
        pytest.raises(LeaseLost, match="taken over by process 7 on elsewhere"),
        writer_lease(checkpoint, overtaken=told.set),
    ):
        hold(checkpoint, datetime.now(UTC) + timedelta(minutes=1))
        assert told.wait(60)


def test_a_change_whose_answer_was_lost_is_this_runs_own(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that got no answer asks again, and the second time the file is no longer as it was known."""
    monkeypatch.setattr("glue_jobs.core.lease.VALID", timedelta(seconds=0.03))
    storage = open_storage(checkpoint)
    told = Event()
    with writer_lease(checkpoint, overtaken=told.set) as lease:
        content = {**json.loads(storage.read_file(PATH)), "until": NOON.isoformat()}
        write(storage, PATH, json.dumps(content).encode())
        while json.loads(storage.read_file(PATH))["until"] == NOON.isoformat():
            pass
        with lease.fence():
            pass
    assert not told.is_set()


def test_a_right_whose_answer_was_lost_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first change was made, and the client, asking again, was told that somebody else was first."""
    swap, answers = LocalStorage.swap_file, iter([False])

    def swap_without_answer(storage: LocalStorage, path: str, old: bytes | None, new: bytes) -> bool:
        done = swap(storage, path, old, new)
        return next(answers, done)

    monkeypatch.setattr(LocalStorage, "swap_file", swap_without_answer)
    with writer_lease(tmp_path.as_uri(), Clock().now, Clock().pause) as lease:
        assert holder(tmp_path.as_uri()) == lease.run


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]"])
def test_a_damaged_lease_is_named(tmp_path: Path, content: bytes) -> None:
    """With what to do; nobody guesses whose it was."""
    write(open_storage(tmp_path.as_uri()), PATH, content)

    damaged = rf"--checkpoint_uri {tmp_path.as_uri()}: .* is damaged .* remove {PATH}"
    with pytest.raises(SinkError, match=damaged):
        writer_lease(tmp_path.as_uri()).__enter__()


def test_a_checkpoint_that_cannot_be_written_is_named() -> None:
    """In one line, by its option."""
    with pytest.raises(SinkError, match=r"--checkpoint_uri file:///proc/checkpoint: .*No such file"):
        writer_lease("file:///proc/checkpoint").__enter__()
