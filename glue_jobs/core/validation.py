"""A frame looked at by Great Expectations: which expectations of a suite hold, which rows break the others.

That all of them hold is found in two passes over the rows, however many they are, and one more with a shuffle
where a column must be unique. How many rows break an expectation, and which, is asked only of those that
fail. Great Expectations is imported when it is needed, which takes seconds; it shows no progress, leaves no
files, and calls nobody.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from glue_jobs.core.errors import SourceError
from glue_jobs.core.expectations import Expectation, Suite
from glue_jobs.core.first_cause import first_cause
from glue_jobs.core.redaction import one_line

SAMPLED = 5
"""So many of the rows that break an expectation are shown."""

_LONGEST = 100
"""So much of a value is shown."""

_WHETHER = {"result_format": "BOOLEAN_ONLY"}
_WHICH = {"result_format": "BASIC", "partial_unexpected_count": SAMPLED, "include_unexpected_rows": True}


@dataclass(frozen=True)
class Finding:
    """What became of one expectation.

    Where rows break it, `broken_by` is how many and `sample` some of them: what names each, and its value.
    `observed` is what was found where the expectation is about the whole, not about its rows.
    """

    expectation: Expectation
    holds: bool
    broken_by: int = 0
    observed: str = ""
    sample: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The findings on a frame; `not_looked_at` are of rows whose columns are not as expected."""

    suite: Suite
    findings: tuple[Finding, ...]
    not_looked_at: tuple[Expectation, ...] = ()

    @property
    def failing(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.holds)


def validate(frame: DataFrame, suite: Suite) -> Verdict:
    """Look at the frame; it is computed anew by each pass, unless it is cached.

    Raises:
        SourceError: the frame cannot be computed.
    """
    with warnings.catch_warnings(action="ignore"):  # its own, of what it imports
        looking = _Looking(frame, suite)
        columns = looking.at(suite.of_columns, _WHICH)
        if not all(finding.holds for finding in columns):
            return Verdict(suite, columns, suite.of_rows)
        rows = looking.at(suite.of_rows, _WHETHER)
        broken = [finding.expectation for finding in rows if not finding.holds]
        details = iter(looking.at(broken, _WHICH))
        return Verdict(suite, columns + tuple(one if one.holds else next(details) for one in rows))


class _Looking:
    """A frame as Great Expectations is given it."""

    def __init__(self, frame: DataFrame, suite: Suite) -> None:
        import great_expectations
        from great_expectations.data_context.types.base import ProgressBarsConfig

        from glue_jobs.core import spark_type_expectation  # noqa: F401  (makes it known)

        self._suite = suite
        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_spark(name=suite.name, persist=False)  # it would never unpersist
        whole = source.add_dataframe_asset(name=suite.name).add_batch_definition_whole_dataframe(suite.name)
        self._batch = whole.get_batch(batch_parameters={"dataframe": frame})

    def at(
        self, expectations: Sequence[Expectation], result_format: Mapping[str, Any]
    ) -> tuple[Finding, ...]:
        """The findings, in the order of the expectations."""
        from great_expectations import ExpectationSuite

        if not expectations:
            return ()
        asked = [_configuration(one, place) for place, one in enumerate(expectations)]
        told: Any = self._batch.validate(
            ExpectationSuite(self._suite.name, expectations=asked), result_format=dict(result_format)
        )
        results = sorted(told.results, key=lambda result: result.expectation_config.meta["place"])
        return tuple(self._finding(one, result) for one, result in zip(expectations, results, strict=True))

    def _finding(self, expectation: Expectation, result: Any) -> Finding:
        if raised := _exceptions(result.exception_info):
            raise SourceError(f"{self._suite.name} cannot be validated: {first_cause(raised[0])}")
        about = result.result
        rows = about.get("unexpected_rows") or ()
        columns = dict.fromkeys([*self._suite.named_by, *columns_of(expectation)])
        return Finding(
            expectation,
            bool(result.success),
            about.get("unexpected_count", 0),
            _observed(about.get("observed_value", "")),
            tuple({name: _shown(row[name]) for name in columns} for row in rows),
        )


def _configuration(expectation: Expectation, place: int) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    column = {} if expectation.column is None else {"column": expectation.column}
    return ExpectationConfiguration(
        type=expectation.kind, kwargs={**column, **expectation.arguments}, meta={"place": place}
    )


def columns_of(expectation: Expectation) -> list[str]:
    """The columns whose values an expectation is about."""
    pair = [expectation.arguments[name] for name in ("column_A", "column_B") if name in expectation.arguments]
    return pair or [expectation.column] * (expectation.column is not None)


def _exceptions(told: Mapping[str, Any]) -> list[str]:
    """What was raised while the expectation was looked at, or any figure that it needs."""
    of_each = [told] if "raised_exception" in told else told.values()
    return [one["exception_message"] for one in of_each if one["raised_exception"]]


def _observed(value: object) -> str:
    """What was found of the whole: a count, a type, or the names of all columns."""
    return one_line(", ".join(value) if isinstance(value, list) else str(value))


def _shown(value: object) -> str:
    """A value as a person may see it; Spark gives times without a zone, in that of this machine."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    text = "null" if value is None else one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
