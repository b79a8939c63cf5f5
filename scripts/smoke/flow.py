"""What the smoke test does, step by step, and the checks that come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from glue_jobs.contracts.mobile_coverage import RAW, SIGNAL_STRENGTH_BY_OPERATOR
from glue_jobs.core.errors import SluiceError
from scripts.smoke import checks
from scripts.smoke.records import Sent, closing_payload, known_signals, operator_of, payloads

POLL_SECONDS = 20.0
"""How often the account is looked at: every look lists and reads the new files."""


class Cloud(Protocol):
    """What the test needs of an account (`account.Account`)."""

    def start_run(self) -> str: ...
    def stop_run(self, run: str) -> None: ...
    def has_ended(self, run: str) -> bool: ...
    def send(self, payloads: list[bytes]) -> list[Sent]: ...
    def rows(self, folder: str, since: datetime) -> Any: ...
    def metric_names(self) -> list[str]: ...
    def try_s3(self, marker: str) -> tuple[bool, dict[str, bool]]: ...


class NoProgress(SluiceError):
    """What was waited for did not come in time."""


@dataclass
class Smoke:
    """One smoke test. `marker` tells its records from all others."""

    cloud: Cloud
    marker: str
    records: int
    patience: timedelta
    now: Callable[[], datetime]
    pause: Callable[[float], None]
    say: Callable[[str], None]
    sent: list[Sent] = field(default_factory=list)
    _run: str | None = None

    def run(self) -> list[checks.Check]:
        """Stop the job in the middle of its work, start it again, and look at what has come of it.

        Raises:
            NoProgress: the job does not get on; the run that was started here is stopped all the same.
        """
        self._began = self.now()
        try:
            self._start()
            self._send(self.records // 2)
            self._wait("the first marked records in raw", lambda: len(self._raw()) > 0)
            self._send(self.records - self.records // 2)
            self._stop()  # with records in the stream that the job is about to take
            self._start()
            self._wait_or_go_on("all windows in the tables", self._windows_are_closed)
            self._wait_or_go_on("all records in raw", lambda: len(self._raw()) >= len(self.sent))
        finally:
            if self._run is not None:
                self._stop()
        return self._checks()

    def _start(self) -> None:
        self._run = self.cloud.start_run()
        self.say(f"run {self._run} started")

    def _stop(self) -> None:
        run, self._run = self._run, None
        assert run is not None
        self.cloud.stop_run(run)
        self._wait(f"the end of run {run}", lambda: self.cloud.has_ended(run))
        self.say(f"run {run} stopped")

    def _send(self, count: int) -> None:
        self.sent += self.cloud.send(payloads(self.marker, len(self.sent), count, self.now()))
        self.say(f"{len(self.sent)} records sent")

    def _windows_are_closed(self) -> bool:
        """Whether all events are in the table; if not, an event more moves the watermark."""
        if sum(row["record_count"] for row in self._signals()) >= known_signals(self.sent):
            return True
        self.sent += self.cloud.send([closing_payload(self.marker, len(self.sent), self.now())])
        return False

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        deadline = self.now() + self.patience
        while not done():
            if self.now() > deadline:
                raise NoProgress(f"{what}: not within {self.patience}; see the job's log")
            self.pause(POLL_SECONDS)

    def _wait_or_go_on(self, what: str, done: Callable[[], bool]) -> None:
        """What did not come is for the checks to tell."""
        try:
            self._wait(what, done)
        except NoProgress as error:
            self.say(str(error))

    def _raw(self) -> list[dict[str, Any]]:
        rows = self.cloud.rows(RAW.path, self._began)
        return [row for row in rows if self.marker.encode() in row["data"]]

    def _signals(self) -> list[dict[str, Any]]:
        rows = self.cloud.rows(SIGNAL_STRENGTH_BY_OPERATOR.table.path, self._began)
        return [row for row in rows if row["operator"] == operator_of(self.marker)]

    def _checks(self) -> list[checks.Check]:
        raw, signals = self._raw(), self._signals()
        listed, refused = self.cloud.try_s3(self.marker)
        return [
            checks.check_text_column(raw),
            checks.check_repeated_batch(self.sent, raw),
            checks.check_bytes(self.sent, raw),
            checks.check_sequence_numbers(self.sent, raw),
            checks.check_tables(self.sent, signals),
            checks.check_listing(listed),
            checks.check_conditional_writes(refused),
            checks.check_metrics(self.cloud.metric_names()),
        ]
