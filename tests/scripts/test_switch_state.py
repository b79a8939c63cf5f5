"""Where project_up.sh and project_down.sh let Terraform keep its state."""

from pathlib import Path

import pytest

from tests.scripts.switch_standins import Checkout, fresh_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, in an account where nothing is."""
    return fresh_checkout(tmp_path)


def override(checkout: Checkout) -> Path:
    """Where Terraform finds another place for the state of `orders`."""
    return checkout.folder / "terraform/stacks/orders/backend_override.tf"


@pytest.mark.parametrize("name", ["sluice", "other"])
def test_state_lies_in_the_bucket_that_is_named(checkout: Checkout, name: str) -> None:
    """Under the suite's name and region, locked; the name may come from the environment, as in CI."""
    checkout.run("project_up.sh", "--plan", SLUICE_STATE_BUCKET="our-state", SLUICE_NAME=name)
    text = override(checkout).read_text()
    assert 'bucket       = "our-state"' in text
    assert f'key          = "{name}/us-east-1/orders.tfstate"' in text
    assert "use_lockfile = true" in text


def test_all_stacks_know_the_place_before_the_first_is_asked(checkout: Checkout) -> None:
    """So that each can be moved there by `terraform init -migrate-state`."""
    checkout.fail("stacks/lake init")
    assert checkout.run("project_up.sh", "--plan", SLUICE_STATE_BUCKET="our-state").returncode == 1
    places = sorted(checkout.folder.glob("terraform/stacks/*/backend_override.tf"))
    assert [place.parent.name for place in places] == ["lake", "mobile_coverage", "orders"]


def test_without_a_bucket_it_lies_beside_the_stack(checkout: Checkout) -> None:
    """Also where it was elsewhere the last time."""
    checkout.run("project_up.sh", "--plan", SLUICE_STATE_BUCKET="our-state")
    checkout.run("project_up.sh", "--plan")
    assert not override(checkout).exists()


def test_a_place_that_somebody_wrote_down_is_kept(checkout: Checkout) -> None:
    """It is used as it is; with another one by the environment nobody knows which is meant."""
    override(checkout).write_text('terraform {\n  backend "s3" {}\n}\n')
    assert checkout.run("project_up.sh", "--plan").returncode == 0
    done = checkout.run("project_up.sh", "--plan", SLUICE_STATE_BUCKET="our-state")
    assert done.returncode == 1
    assert "backend_override.tf is not ours, and SLUICE_STATE_BUCKET names a place too" in done.stderr
    assert override(checkout).read_text() == 'terraform {\n  backend "s3" {}\n}\n'
