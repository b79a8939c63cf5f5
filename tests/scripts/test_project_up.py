"""project_up.sh shows, asks, makes things in their order, and goes on after a failure."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from cost.bill import totals
from cost.load import Load
from cost.prices import read_prices
from cost.settings import NAMES, default_settings
from cost.stacks import bill_of
from tests.scripts.switch_standins import (
    ACCOUNT,
    REPOSITORY,
    SERVICE,
    Checkout,
    apply,
    fresh_checkout,
    without,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, in an account where nothing is."""
    return fresh_checkout(tmp_path)


def test_up_packages_then_makes_the_lake_then_its_pipelines(checkout: Checkout) -> None:
    """After it has shown account and price, and somebody typed yes."""
    done = checkout.run("project_up.sh", typed="yes\n")
    assert done.returncode == 0, done.stderr
    assert checkout.asked() == [
        "make --no-print-directory -C … package",
        apply("lake"),
        apply("mobile_coverage", "-var=runner=glue"),
        apply("orders"),
    ]
    assert f"account   {ACCOUNT} (arn:aws:iam::{ACCOUNT}:user/me)" in done.stdout
    assert f"price     {price(NAMES):.2f} USD a month" in done.stdout
    assert f"start-job-run --job-name {SERVICE}" in done.stdout


def price(stacks: Sequence[str], **changes: object) -> float:
    """What a month of these stacks costs."""
    settings = {name: {**default_settings(name), **changes} for name in stacks}
    return sum(totals(bill_of(settings, Load(), read_prices())).values())


def test_the_price_is_of_what_will_be_made(checkout: Checkout) -> None:
    """Of the chosen pipeline by the chosen runner."""
    done = checkout.run("project_up.sh", "--runner", "fargate", "--only", "mobile_coverage", typed="no\n")
    month = price(["lake", "mobile_coverage"], runner="fargate")
    assert f"price     {month:.2f} USD a month" in done.stdout


def test_without_a_price_nothing_is_made(checkout: Checkout) -> None:
    """Nobody says yes to what it does not say."""
    checkout.fail("--format json")
    done = checkout.run("project_up.sh", typed="yes\n")
    assert (done.returncode, checkout.asked()) == (1, [])
    assert "sluice cost does not say what a month costs; nothing was done" in done.stderr


def test_a_run_on_glue_ends_before_a_container_begins(checkout: Checkout) -> None:
    """It would be paid on, and hold the checkpoint."""
    checkout.run("project_up.sh", "--runner", "fargate", "--only", "mobile_coverage", typed="yes\n")
    asked = checkout.asked()
    looks = [number for number, line in enumerate(asked) if "get-job-runs" in line]
    [stop] = [number for number, line in enumerate(asked) if "batch-stop-job-run" in line]
    [made] = [number for number, line in enumerate(asked) if "mobile_coverage apply" in line]
    assert looks[0] < stop < looks[1] < made


@pytest.mark.parametrize("typed", ["", "no\n", "YES\n", "\n"])
def test_without_a_yes_nothing_is_made(checkout: Checkout, typed: str) -> None:
    """Nor where nobody is there to type."""
    done = checkout.run("project_up.sh", typed=typed)
    assert done.returncode == 1
    assert "not confirmed; nothing was done" in done.stderr
    assert checkout.asked() == []


def test_the_image_is_pushed_before_the_service_needs_it(checkout: Checkout) -> None:
    """For the processor it runs on; the password goes by a pipe, and is seen nowhere."""
    done = checkout.run("project_up.sh", "--runner", "fargate", "--only", "mobile_coverage", typed="yes\n")
    assert done.returncode == 0, done.stderr
    asked = checkout.asked()
    [build] = [line for line in asked if line.startswith("docker buildx")]
    image = build.split("--tag ")[1].split()[0]
    assert image.startswith(f"{REPOSITORY}:")
    assert "--platform linux/arm64" in build
    login = f"docker login --username AWS --password-stdin {REPOSITORY.split('/')[0]}"
    assert {"aws ecr get-login-password", login} < set(asked)  # the two ends of a pipe begin as they like
    assert without(without(without(asked, "aws ecr"), "docker login"), "aws glue") == [
        "make --no-print-directory -C … package",
        apply("lake"),
        build,
        apply("mobile_coverage", "-var=runner=fargate", f"-var=image={image}"),
        f"aws ecs update-service --cluster sluice --service {SERVICE} --desired-count 1",
        f"aws ecs wait services-stable --cluster sluice --services {SERVICE}",
    ]
    assert (checkout.folder / "password").read_text() == "a-password\n"
    assert "a-password" not in done.stdout + done.stderr + "".join(asked)


def test_an_image_of_the_same_files_is_not_built_again(checkout: Checkout) -> None:
    """Its tag is the hash of what it is made of; another file, another image."""
    up = ("project_up.sh", "--runner", "fargate", "--only", "mobile_coverage", "--account", ACCOUNT, "--yes")
    checkout.run(*up)
    first = [line for line in checkout.asked() if "-var=image" in line]
    checkout.run(*up)
    second = checkout.asked()
    assert [line for line in second if line.startswith("docker")] == []
    assert [line for line in second if "-var=image" in line] == first
    (checkout.folder / "docker/streaming-consumer/Dockerfile").write_text("FROM something\n")
    checkout.run(*up)
    assert [line for line in checkout.asked() if "-var=image" in line] != first


@pytest.mark.parametrize(
    ("failing", "step"),
    [
        ("package", "package"),
        ("stacks/lake apply", "lake"),
        ("buildx", "image"),
        ("login", "image"),
        ("stacks/mobile_coverage apply", "mobile_coverage"),
        ("services-stable", "service"),
    ],
)
def test_after_a_failure_the_same_command_goes_on(checkout: Checkout, failing: str, step: str) -> None:
    """It says which step failed, stops there, and ends well the next time."""
    up = ("project_up.sh", "--runner", "fargate", "--account", ACCOUNT, "--yes")
    checkout.fail(failing)
    done = checkout.run(*up)
    assert done.returncode != 0
    assert f"project_up.sh: '{step}' did not end well; the same command goes on from there\n" in done.stderr
    assert apply("orders") not in checkout.asked() or step == "service"
    checkout.fail(None)
    assert checkout.run(*up).returncode == 0
    assert apply("orders") in checkout.asked()


def test_another_account_than_the_expected_one_is_refused(checkout: Checkout) -> None:
    """By both scripts, before anything is done."""
    for script in ("project_up.sh", "project_down.sh"):
        done = checkout.run(script, "--account", "999999999999", "--yes")
        assert done.returncode == 2
        assert f"these credentials are of account {ACCOUNT}, and 999999999999 was to be used" in done.stderr
        done = checkout.run(script, SLUICE_ACCOUNT="999999999999")
        assert done.returncode == 2
    assert checkout.asked() == []


def test_a_checkout_that_has_the_state_of_another_account_is_refused(checkout: Checkout) -> None:
    """Terraform would take what is there for gone, and make it all anew."""
    (checkout.folder / "var").mkdir()
    (checkout.folder / "var/switched-on").write_text("999999999999 sluice us-east-1\n")
    for script in ("project_up.sh", "project_down.sh"):
        done = checkout.run(script, typed="yes\n")
        assert done.returncode == 2
        assert "(account, name, region) 999999999999 sluice us-east-1" in done.stderr
    assert checkout.asked() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--yes"], "--yes: also give --account"),
        (["--account", "12"], "--account: got '12'"),
        (["--account"], "--account: a value is missing"),
        (["--name", "Big Lake"], "--name: got 'Big Lake'"),
        (["--name", "a; rm -rf x"], "--name: got 'a; rm -rf x'"),
        (["--name", "ends-with-"], "--name: got 'ends-with-'; give 3 to 11 small letters"),
        (["--region", "mars"], "--region: got 'mars'"),
        (["--runner", "lambda"], "--runner: got 'lambda'"),
        (["--only", "lake"], "--only: got 'lake'"),
        (["--force"], "got '--force'"),
    ],
)
def test_a_wrong_argument_is_refused(checkout: Checkout, arguments: list[str], told: str) -> None:
    """With 2, the value that came, and where help is; nobody is asked anything."""
    done = checkout.run("project_up.sh", *arguments)
    assert (done.returncode, told in done.stderr, "--help" in done.stderr) == (2, True, True), done.stderr
    assert not (checkout.folder / "asked").exists()


@pytest.mark.parametrize("script", ["project_up.sh", "project_down.sh"])
def test_help_has_an_example(checkout: Checkout, script: str) -> None:
    """And asks nobody."""
    done = checkout.run(script, "--help")
    assert done.returncode == 0
    assert f"example: scripts/{script}" in done.stdout
    assert not (checkout.folder / "asked").exists()


def test_who_is_not_logged_in_is_told_so(checkout: Checkout) -> None:
    """And how to."""
    checkout.fail("get-caller-identity")
    done = checkout.run("project_up.sh")
    assert done.returncode == 1
    assert "aws sso login" in done.stderr


def test_a_plan_changes_nothing(checkout: Checkout) -> None:
    """For pull requests: no question, no lock, no package; the image is the one that would be pushed."""
    done = checkout.run("project_up.sh", "--plan", "--runner", "fargate")
    assert done.returncode == 0, done.stderr
    plan = "terraform -chdir=…/terraform/stacks/{} plan -input=false -lock=false"
    lake, stream, orders = checkout.asked()
    assert [lake, orders] == [plan.format("lake"), plan.format("orders")]
    image = re.escape(f" -var=runner=fargate -var=image={REPOSITORY}:")
    assert re.fullmatch(re.escape(plan.format("mobile_coverage")) + image + "[0-9a-f]{16}", stream)


def test_without_a_lake_the_plan_is_that_of_the_lake(checkout: Checkout) -> None:
    """The others need to know it; that is said, and is no failure."""
    (checkout.folder / "no-lake").write_text("An error occurred (ParameterNotFound): GetParameter")
    done = checkout.run("project_up.sh", "--plan")
    assert done.returncode == 0, done.stderr
    assert checkout.asked() == ["terraform -chdir=…/terraform/stacks/lake plan -input=false -lock=false"]
    assert "orders: its plan needs the lake, which is not there yet; apply that first" in done.stdout


def test_a_lake_that_may_not_be_seen_is_not_taken_for_none(checkout: Checkout) -> None:
    """What AWS says is said."""
    (checkout.folder / "no-lake").write_text("An error occurred (AccessDeniedException): not you")
    done = checkout.run("project_up.sh", "--plan")
    assert done.returncode == 1
    assert "AWS does not say whether the lake is there: An error occurred (AccessDenied" in done.stderr
