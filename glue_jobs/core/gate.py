"""The gate between two zones: rows that are not as their contract says do not get through.

It raises before any of these rows is published: so what it refuses changes no table.
"""

from typing import Any

from pyspark.sql import DataFrame

from glue_jobs.core.data_docs import DataDocs
from glue_jobs.core.errors import SluiceError
from glue_jobs.core.expectations import Suite
from glue_jobs.core.job_events import tell
from glue_jobs.core.validation import Finding, Verdict, validate


class GateRefused(SluiceError):
    """Rows are not as their contract says; none of them was published."""


def let_through(frame: DataFrame, suite: Suite, docs: DataDocs) -> None:
    """Return if all that the suite expects holds of the frame; in either case keep the result as Data Docs.

    The frame is computed two or three times: cache it where that costs more than to read it.

    Raises:
        GateRefused: an expectation fails.
        SourceError: the frame cannot be computed.
        SinkError: the Data Docs cannot be written; then the result is in the job's events alone.
    """
    verdict = validate(frame, suite)
    failing = [_told(finding) for finding in verdict.failing]
    event = "gate_refused" if failing else "gate_passed"
    tell(event, suite=suite.name, expectations=len(verdict.findings), failing=failing, data_docs=docs.index)
    docs.keep(verdict)
    if failing:
        raise GateRefused(f"{_in_words(verdict)}; none of these rows was published; Data Docs: {docs.index}")


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "expectation": finding.expectation.kind,
        "column": finding.expectation.column,
        "says": finding.expectation.says,
        "broken_by": finding.broken_by,
        "observed": finding.observed,
        "sample": [dict(row) for row in finding.sample],
    }


def _in_words(verdict: Verdict) -> str:
    first, count = verdict.failing[0], len(verdict.failing)
    which = f"{first.expectation.column or 'the table'}: {first.expectation.says}"
    many = (
        f"{count} of {len(verdict.findings)} expectations fail, the first is" if count > 1 else "this fails:"
    )
    return f"{verdict.suite.name}: {many} {first.expectation.kind} ({which}), {_broken_how(first)}"


def _broken_how(finding: Finding) -> str:
    if not finding.sample:
        return f"got {finding.observed or 'another'}"
    sample = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in finding.sample)
    rows = "1 row" if finding.broken_by == 1 else f"{finding.broken_by:,} rows, among them"
    return f"broken by {rows}: {sample}"
