"""An expectation that Great Expectations lacks: a column's whole Spark type, a decimal's digits included.

Whoever imports this imports Great Expectations, which takes seconds; `validation` does when it needs to.
"""

from typing import Any

from great_expectations.expectations.expectation import BatchExpectation


class ExpectColumnSparkTypeToBe(BatchExpectation):
    """The column is of this type, as Spark writes it: `decimal(12,2)`."""

    column: str
    spark_type: str

    metric_dependencies = ("table.column_types",)
    domain_keys = ("batch_id",)
    success_keys = ("column", "spark_type")
    args_keys = ("column", "spark_type")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = [
            one["type"].simpleString() for one in metrics["table.column_types"] if one["name"] == self.column
        ]
        return {
            "success": found == [self.spark_type],
            "result": {"observed_value": ", ".join(found) or "missing"},
        }
