"""What is paid to watch a pipeline: logs, metrics, alarms."""

from cost.bill import Bill, Line
from cost.load import DAYS_OF_MONTH, Load
from cost.prices import Prices

GB = 2**30
BATCH_LOG_BYTES = 4096
"""An assumption: the event of a batch has 1,400 bytes; the rest is what Glue and Spark warn of."""
RUN_LOG_BYTES = 100 * 2**10
"""An assumption, for the whole run of a batch job."""


def watching(
    stack: str, log_bytes: float, kept_days: float, metrics: int, alarms: int, load: Load, prices: Prices
) -> Bill:
    """Logs of so many bytes a month, kept for so many days (0: for ever, billed as a year); metrics, alarms.

    Metrics and alarms are paid for the hours in which the stack is there.
    """
    written = log_bytes / GB
    kept = written * (kept_days or 365) / DAYS_OF_MONTH
    return (
        Line(stack, "CloudWatch: logs", written, prices["logs"]),
        Line(stack, "CloudWatch: logs kept", kept, prices["logs_kept"]),
        Line(stack, f"CloudWatch: {metrics} metrics", metrics * load.share_of_month, prices["metric"]),
        Line(stack, f"CloudWatch: alarms on {alarms}", alarms * load.share_of_month, prices["alarm"]),
    )
