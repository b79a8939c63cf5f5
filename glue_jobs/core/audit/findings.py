"""What an audit found, in sentences: what is wrong, what it may come from, what else should be known."""

from collections.abc import Iterator, Sequence

from glue_jobs.core.audit.accounts import Audit
from glue_jobs.core.counted import counted

_SHOWN = 3


def findings(audit: Audit) -> Iterator[str]:
    """A sentence for each kind of finding; none where there is nothing to say."""
    yield from _catalogue(audit)
    yield from _raw_incomplete(audit)
    yield from _rejected(audit)
    yield from _columns(audit)
    yield from _watermarks(audit)
    yield from _unfinished(audit)


def _raw_incomplete(audit: Audit) -> Iterator[str]:
    if audit.total.beyond_raw:
        yield (
            f"raw is not complete: tables and state hold {counted(audit.total.beyond_raw, 'record')} that it "
            "lacks, and no row is there twice; so what is late or missing is not certain either. Batches "
            f"without a file in raw, some of which may have brought nothing: {_some(audit.without_raw)}"
        )


def _rejected(audit: Audit) -> Iterator[str]:
    if audit.refused != audit.rejected:
        yield (
            f"the contract refuses {counted(audit.refused, 'record')} of raw, and the quarantine holds "
            f"{audit.rejected:,}: files are lost or there twice, or the contract has changed since"
        )


def _columns(audit: Audit) -> Iterator[str]:
    for name, values in audit.columns.items():
        if values.missing or values.double:
            yield (
                f"{name}: windows that are published should hold {values.expected:,}; "
                f"{values.missing:,} missing, {values.double:,} too many"
            )
        if values.unsure:
            values_count = counted(values.unsure, "value counts", "values count")
            yield (
                f"{name}: whether {values_count} is not determined, "
                "for repeats of an event that came in one batch said otherwise; that much was not compared"
            )
        if values.windows_twice:
            windows = counted(values.windows_twice, "window")
            yield f"{name}: in {windows} the key of a row stands in two rows"


def _catalogue(audit: Audit) -> Iterator[str]:
    if audit.unknown:
        yield (
            f"the catalogue does not know {_some(audit.unknown)}, so no query finds what lies there; a "
            "crawler registers it"
        )
    if audit.lost:
        yield (
            f"the catalogue has forgotten {counted(len(audit.lost), 'hour')} in versions: readers get a part "
            f"of what lies there or nothing: {_some(audit.lost)}; `sluice run compact` sends readers there"
        )


def _watermarks(audit: Audit) -> Iterator[str]:
    if audit.differences:
        first = audit.differences[0]
        yield (
            f"batch {first.batch} was planned with the watermark {first.planned:%Y-%m-%d %H:%M:%S.%f}; by "
            f"raw it is {first.worked_out:%Y-%m-%d %H:%M:%S.%f} "
            f"({counted(len(audit.differences), 'batch differs', 'batches differ')}): "
            "--watermark is not what the job ran with, or raw is not complete. A plan that is kept counts"
        )


def _unfinished(audit: Audit) -> Iterator[str]:
    if audit.unfinished:
        yield f"batch {audit.batch + 1} is not done yet; what it wrote is left out"


def _some(things: Sequence[object]) -> str:
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return (", ".join(str(thing) for thing in things[:_SHOWN]) + more) or "none"
