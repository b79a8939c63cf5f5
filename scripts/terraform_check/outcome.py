"""What one check came to, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass

FAILED, NOT_RUN = 1, 3


@dataclass(frozen=True)
class Outcome:
    """A check with what it found; or with why it could not run, which is never told as success.

    One that `must_run` has failed where it could not.
    """

    check: str
    findings: tuple[str, ...] = ()
    not_run: str = ""
    looked_at: str = ""
    must_run: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.findings) or (self.must_run and bool(self.not_run))

    def __str__(self) -> str:
        if self.not_run:
            return f"{self.check}: NOT RUN: {self.not_run}"
        if self.findings:
            return f"{self.check}: FAILED, as told above"
        return f"{self.check}: {self.looked_at or 'nothing found'}"


def told(command: str, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Print the findings of each check as soon as it has run, and one line for it; all of them."""
    done = []
    for outcome in outcomes:
        for finding in outcome.findings:
            print(finding)
        print(f"{command}: {outcome}", flush=True)
        done.append(outcome)
    return done
