"""project_down.sh counts, asks, and removes things in their order, the lake when it is empty."""

from pathlib import Path

import pytest

from tests.scripts.switch_standins import ACCOUNT, SERVICE, Checkout, destroy, fresh_checkout, without


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, in an account where nothing is."""
    return fresh_checkout(tmp_path)


def test_down_ends_the_runs_then_the_pipelines_then_the_data_then_the_lake(checkout: Checkout) -> None:
    """After it has counted what will be lost, and somebody typed the suite's name."""
    done = checkout.run("project_down.sh", typed="sluice\n")
    assert done.returncode == 0, done.stderr
    emptied = "--repository sluice/streaming-consumer a-lake a-state"
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


def test_down_where_nothing_is_on_says_so(checkout: Checkout) -> None:
    """And is no error: it may run every evening."""
    (checkout.folder / "nothing").touch()
    done = checkout.run("project_down.sh")
    assert (done.returncode, checkout.asked()) == (0, [])
    assert "nothing of 'sluice' is switched on here" in done.stdout
