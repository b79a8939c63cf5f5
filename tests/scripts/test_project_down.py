"""project_down.sh counts, asks, and removes things in their order, the lake when it is empty."""

import re
from pathlib import Path

import pytest

from tests.scripts.switch_standins import ACCOUNT, ROOT, SERVICE, Checkout, destroy, fresh_checkout, without

ZONES = ("lake", "state", "resources", "queryresults", "logs")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, in an account where nothing is."""
    return fresh_checkout(tmp_path)


def test_down_ends_the_runs_then_the_pipelines_then_the_data_then_the_lake(checkout: Checkout) -> None:
    """After it has counted what will be lost, and somebody typed the suite's name."""
    done = checkout.run("project_down.sh", typed="sluice\n")
    assert done.returncode == 0, done.stderr
    buckets = [f"sluice-{zone}-{ACCOUNT}-us-east-1" for zone in ZONES]
    emptied = " ".join(["--repository sluice/streaming-consumer", *buckets])
    assert without(checkout.asked(), "get-job-runs") == [
        f"python -m scripts.empty --account {ACCOUNT} --count {emptied}",
        f"aws glue batch-stop-job-run --job-name {SERVICE} --job-run-ids jr_1",
        destroy("orders"),
        destroy("mobile_coverage"),
        f"python -m scripts.empty --account {ACCOUNT} {emptied}",
        destroy("lake"),
    ]


@pytest.mark.parametrize("typed", ["", "yes\n", "slu\n"])
def test_without_the_name_typed_nothing_goes(checkout: Checkout, typed: str) -> None:
    """A yes is typed too easily."""
    done = checkout.run("project_down.sh", typed=typed)
    assert done.returncode == 1
    assert not any("destroy" in line for line in checkout.asked())


def test_the_data_can_be_kept(checkout: Checkout) -> None:
    """The pipelines go, and with them what costs by the hour."""
    done = checkout.run("project_down.sh", "--keep_data", typed="sluice\n")
    asked = without(without(checkout.asked(), "get-job-runs"), "batch-stop")
    assert (done.returncode, asked) == (0, [destroy("orders"), destroy("mobile_coverage")])


@pytest.mark.parametrize(
    "failing", ["stacks/orders destroy", "scripts.empty --account 123456789012 --rep", "lake destroy"]
)
def test_down_goes_on_after_a_failure(checkout: Checkout, failing: str) -> None:
    """The lake is destroyed only when its buckets are empty."""
    down = ("project_down.sh", "--account", ACCOUNT, "--yes")
    checkout.fail(failing)
    done = checkout.run(*down)
    assert done.returncode != 0
    assert "did not end well; the same command goes on from there" in done.stderr
    assert (destroy("lake") in checkout.asked()) == ("lake" in failing)
    checkout.fail(None)
    assert checkout.run(*down).returncode == 0


def test_its_buckets_are_those_of_the_lake() -> None:
    """Terraform no longer knows them when it has destroyed a part."""
    text = (ROOT / "terraform/stacks/lake/buckets.tf").read_text(encoding="utf-8")
    names = ", ".join(f'"{zone}"' for zone in ZONES)
    (told,) = re.findall(r"bucket = \{ for name in \[(.*?)\] : name => (.*) \}", text)
    assert told == (names, '"${var.name}-${name}-${local.account}-${var.region}"')


@pytest.mark.parametrize("stack", ["orders", "mobile_coverage", "lake"])
def test_what_terraform_cannot_say_is_not_taken_for_gone(checkout: Checkout, stack: str) -> None:
    """No network, another's state: nothing is destroyed, and nothing is said to be off."""
    checkout.fail(f"stacks/{stack} state list")
    done = checkout.run("project_down.sh", "--account", ACCOUNT, "--yes")
    assert (done.returncode, checkout.asked()) == (1, [])
    assert f"Terraform does not say what there is of {stack}; nothing was done" in done.stderr


def test_a_run_that_does_not_end_keeps_everything(checkout: Checkout) -> None:
    """It would fill again what is emptied."""
    checkout.fail("batch-stop-job-run")
    done = checkout.run("project_down.sh", "--account", ACCOUNT, "--yes")
    assert done.returncode != 0
    assert not any("destroy" in line for line in checkout.asked())


def test_down_where_nothing_is_on_says_so(checkout: Checkout) -> None:
    """And is no error: it may run every evening."""
    (checkout.folder / "nothing").touch()
    done = checkout.run("project_down.sh")
    assert (done.returncode, checkout.asked()) == (0, [])
    assert "nothing of 'sluice' is switched on here" in done.stdout
