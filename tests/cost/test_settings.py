"""Settings are the stacks' own, with what is said besides."""

from pathlib import Path

import pytest

from cost.chosen import FARGATE_MEMORY, Lake, MobileCoverage, Orders
from cost.settings import NAMES, Settings, default_settings, overridden, parse_setting, read_var_file
from cost.watched import alarm_metrics, filter_metrics
from glue_jobs.core.errors import OptionError, SetupError

VARIABLES = """
variable "shard_count" {
  description = "Shards."
  type        = number
  default     = 1
}
variable "mode" { default = "PROVISIONED" }
variable "account" { type = string }
"""


def test_the_defaults_are_those_of_the_variables(tmp_path: Path) -> None:
    """One that has none is left out."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/variables.tf").write_text(VARIABLES)
    assert default_settings("mine", tmp_path) == {"shard_count": 1, "mode": "PROVISIONED"}


def test_a_stack_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As where only the packages were installed."""
    with pytest.raises(SetupError, match=r"gone: no variables.tf there; run this from a checkout"):
        default_settings("gone", tmp_path)


def test_the_stacks_have_all_that_a_bill_needs() -> None:
    """Those of the project, as they stand: a variable that is renamed is noticed."""
    lake, mobile, orders = (default_settings(stack) for stack in NAMES)
    assert Lake.of(lake) == Lake(kms_key_arn=None)
    assert MobileCoverage.of(mobile).runner == "glue"
    assert Orders.of(orders).table_upkeep == "job"


def test_a_variable_that_a_stack_no_longer_has_is_named() -> None:
    """The bill would be of something else."""
    with pytest.raises(SetupError, match="Orders: the stack has no variable glue_version"):
        Orders.of({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tfvars", 'shard_count = 3\nmode = "ON_DEMAND" # for peaks\n'),
        ("a.tfvars.json", '{"shard_count": 3, "mode": "ON_DEMAND"}'),
    ],
)
def test_a_var_file_may_be_of_either_kind(tmp_path: Path, name: str, text: str) -> None:
    """Terraform's language, or JSON."""
    (tmp_path / name).write_text(text)
    assert read_var_file(tmp_path / name) == {"shard_count": 3, "mode": "ON_DEMAND"}


@pytest.mark.parametrize(
    ("name", "text"), [("a.tfvars", "shard_count = ="), ("b.tfvars.json", "{"), ("c.tfvars.json", "[]")]
)
def test_a_var_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    """In one error that names it."""
    (tmp_path / name).write_text(text)
    with pytest.raises(OptionError, match=name):
        read_var_file(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "value"), [("a=2", 2), ("a=false", False), ("a=G.1X", "G.1X"), ("a=", ""), ("a=null", None)]
)
def test_a_setting_is_what_it_looks_like(text: str, value: object) -> None:
    """A number, true, false or null; else a text."""
    assert parse_setting(text) == ("a", value)


def test_tasks_are_those_of_the_module() -> None:
    """Terraform refuses the same sizes."""
    module = (
        Path(__file__).resolve().parents[2] / "terraform" / "modules" / "fargate_service" / "variables.tf"
    )
    text = module.read_text(encoding="utf-8")
    for cpu, memory in FARGATE_MEMORY.items():
        known = (
            f"range({memory.start}, {memory.stop}, {memory.step})"
            if isinstance(memory, range)
            else list(memory)
        )
        assert f" {cpu} = {known}" in text


def test_a_name_goes_to_every_stack_that_has_it() -> None:
    """And a version that looks like a number stays a text."""
    defaults: dict[str, Settings] = {
        "a": {"glue_version": "6.0"},
        "b": {"glue_version": "6.0", "x": 1},
        "c": {"y": 2},
    }
    assert overridden(defaults, [("glue_version", 5.1)]) == {
        "a": {"glue_version": "5.1"},
        "b": {"glue_version": "5.1", "x": 1},
        "c": {"y": 2},
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("shard_cuont", 2, "shard_cuont: no chosen stack has this variable; did you mean shard_count?"),
        ("zzz", 2, "zzz: no chosen stack has this variable; there are keep_raw, shard_count"),
        ("shard_count", "two", "shard_count: got 'two'; give a number"),
        ("shard_count", True, "shard_count: got True; give a number"),
        ("keep_raw", 1, "keep_raw: got 1; give true or false"),
    ],
)
def test_what_no_stack_takes_is_refused(name: str, value: object, expected: str) -> None:
    """With what it could have been."""
    with pytest.raises(OptionError) as refused:
        overridden({"mine": {"shard_count": 1, "keep_raw": True}}, [(name, value)])
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"stream_mode": "SOMETIMES"}, "stream_mode: got 'SOMETIMES'; give PROVISIONED, ON_DEMAND"),
        ({"batch_worker_type": "G.025X"}, "batch_worker_type: got 'G.025X'; give G.1X, G.2X, G.4X, G.8X"),
        ({"retention_hours": 12}, "retention_hours: got 12; give 24 to 8760"),
        ({"shard_count": 1.5}, "shard_count: got 1.5; give a whole number"),
        ({"task_cpu": 300}, "task_cpu: got 300; give 256, 512, 1024, 2048, 4096, 8192, 16384"),
        (
            {"task_cpu": 256, "task_memory": 4096},
            "task_memory: got 4096; give 512, 1024, 2048 with task_cpu 256",
        ),
        ({"shard_count": float("nan")}, "shard_count: got nan; give 1 to 1e+06"),
    ],
)
def test_a_value_that_aws_does_not_take_is_refused(setting: dict[str, object], expected: str) -> None:
    """As the stack would refuse it."""
    with pytest.raises(OptionError) as refused:
        MobileCoverage.of({**default_settings("mobile_coverage"), **setting})
    assert str(refused.value) == expected


ALARMS = """
locals { counts = { read = 1, rejected = 2 } }
resource "aws_cloudwatch_metric_alarm" "each" {
  for_each = local.counts
}
resource "aws_cloudwatch_metric_alarm" "share" {
  metric_query { expression = "a / b" }
  dynamic "metric_query" {
    for_each = local.counts
    content { id = metric_query.key }
  }
}
resource "aws_cloudwatch_log_metric_filter" "one" {}
"""


def test_an_alarm_counts_for_each_metric_that_it_looks_at(tmp_path: Path) -> None:
    """Two alarms on a metric each, and one that divides two."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/alarms.tf").write_text(ALARMS)
    assert (alarm_metrics("mine", tmp_path), filter_metrics("mine", tmp_path)) == (4, 1)


def test_alarms_that_only_terraform_could_count_are_refused(tmp_path: Path) -> None:
    """Rather than billed as one."""
    (tmp_path / "mine").mkdir()
    text = 'resource "aws_cloudwatch_metric_alarm" "each" {\n for_each = toset(var.names)\n}\n'
    (tmp_path / "mine/a.tf").write_text(text)
    with pytest.raises(SetupError, match=r"cannot count for_each = \$\{toset\(var\.names\)\}"):
        alarm_metrics("mine", tmp_path)


def test_the_alarms_of_the_stacks_can_be_counted() -> None:
    """Those of the project, as they stand."""
    assert min(alarm_metrics("mobile_coverage"), alarm_metrics("orders"), filter_metrics("orders")) > 0
