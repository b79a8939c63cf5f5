"""How many metrics the alarms of a stack look at, and how many its log filters make, as its files say."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from cost.settings import STACKS, read_terraform
from glue_jobs.core.errors import SetupError

ALARM, FILTER = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_log_metric_filter"

Block: TypeAlias = Mapping[str, Any]


def alarm_metrics(stack: str, stacks: Path = STACKS) -> int:
    """CloudWatch counts an alarm for each metric that it looks at."""
    found = _resources(stacks / stack, ALARM)
    return sum(times * _metrics_of(alarm, named) for times, alarm, named in found)


def filter_metrics(stack: str, stacks: Path = STACKS) -> int:
    """A log filter makes one metric."""
    return sum(times for times, _, _ in _resources(stacks / stack, FILTER))


def _resources(folder: Path, kind: str) -> Iterator[tuple[int, Block, Block]]:
    """Each resource of a kind: how often it is made, what it says, and the locals of its file."""
    for file in sorted(folder.glob("*.tf")):
        if kind not in file.read_text(encoding="utf-8"):
            continue
        told = read_terraform(file)
        named = {name: value for block in told.get("locals", []) for name, value in block.items()}
        for block in told.get("resource", []):
            for resource in block.get(kind, {}).values():
                yield _length(resource.get("for_each"), named, file), resource, named


def _metrics_of(alarm: Block, named: Block) -> int:
    fixed = [query for query in alarm.get("metric_query", []) if "metric" in query]
    dynamic = [block["metric_query"] for block in alarm.get("dynamic", []) if "metric_query" in block]
    return (len(fixed) + sum(_length(block["for_each"], named, None) for block in dynamic)) or 1


def _length(for_each: Any, named: Block, file: Path | None) -> int:
    """How many there are of what is made for each; one where it is made once.

    Raises:
        SetupError: only Terraform could tell.
    """
    if isinstance(for_each, str):
        for_each = named.get(for_each.removeprefix("${local.").removesuffix("}"), for_each)
    if isinstance(for_each, str):
        raise SetupError(f"{file}: cannot count for_each = {for_each}; give it a local of the same file")
    return 1 if for_each is None else len(for_each)
