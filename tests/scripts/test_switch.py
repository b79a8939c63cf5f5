"""project_up.sh and project_down.sh, with stand-ins for terraform, aws and docker."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/sluice/streaming-consumer"
STANDINS = {
    "terraform": f"""
        case "$*" in
            *"output -raw repository") echo {REPOSITORY} ;;
            *"output -json buckets") echo '{{"lake": "a-lake", "state": "a-state"}}' ;;
            *"state list") [ -e "$HERE/nothing" ] || echo aws_s3_bucket.this ;;
        esac""",
    "aws": f"""
        case "$*" in
            "sts get-caller-identity"*) printf '{ACCOUNT}\\tarn:aws:iam::{ACCOUNT}:user/me\\n' ;;
            "ecr describe-images"*) [ -e "$HERE/pushed" ] ;;
            "ecr get-login-password") echo a-password ;;
            "glue get-job-runs"*) echo jr_1 ;;
        esac""",
    "docker": """
        if [ "$1" = login ]; then cat > "$HERE/password"; else touch "$HERE/pushed"; fi""",
    "make": "",
    ".venv/bin/sluice": "echo 'TOTAL 59.10 USD'",
    ".venv/bin/python": """
        case "$*" in -c*) exec python3 "$@" ;; esac""",
}
"""What each program answers, as shell; all write their arguments down, and fail where a file says so."""

SERVICE = "etl_streaming_mobile_logs"


@dataclass(frozen=True)
class Checkout:
    """A copy of the scripts with stand-ins on PATH."""

    folder: Path

    def run(
        self, script: str, *arguments: str, typed: str = "", **more: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script of it with what somebody types."""
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        return subprocess.run(
            [self.folder / "scripts" / script, *arguments],
            input=typed,
            env={"PATH": path, "HERE": str(self.folder), "HOME": str(self.folder), **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        """What the stand-ins were asked, in order, but for looking; then forgotten."""
        log = self.folder / "asked"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        looking = ("aws sts", " init ", "cost --set", " -c ", "state list", " output ")
        return [
            line.replace(str(self.folder), "…") for line in lines if not any(one in line for one in looking)
        ]

    def fail(self, command: str | None) -> None:
        """Let each command that has this text in it fail; None: no more."""
        (self.folder / "failing").write_text(command or "no such command", encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, in an account where nothing is."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for stack in ("lake", "mobile_coverage", "orders"):
        (tmp_path / "terraform/stacks" / stack).mkdir(parents=True)
    (tmp_path / "docker/streaming-consumer").mkdir(parents=True)
    (tmp_path / "docker/streaming-consumer/Dockerfile").write_text("FROM nothing\n")
    (tmp_path / "var").mkdir()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name, answer in STANDINS.items():
        program = tmp_path / (name if "/" in name else f"bin/{name}")
        program.parent.mkdir(parents=True, exist_ok=True)
        log = f'echo "{program.name} $*" >> {shlex.quote(str(tmp_path / "asked"))}'
        failing = 'if grep -qF -f "$HERE/failing" <<< "$*"; then exit 1; fi'
        program.write_text(f"#!/usr/bin/env bash\n{log}\n{failing}\n{answer}\n")
        program.chmod(0o755)
    checkout = Checkout(tmp_path)
    checkout.fail(None)
    return checkout


def apply(stack: str, *more: str) -> str:
    """How a stack is applied."""
    return " ".join([f"terraform -chdir=…/terraform/stacks/{stack} apply -input=false -auto-approve", *more])


def destroy(stack: str) -> str:
    """How a stack is destroyed."""
    return f"terraform -chdir=…/terraform/stacks/{stack} destroy -input=false -auto-approve"


def without(commands: Sequence[str], text: str) -> list[str]:
    """The commands that do not have the text."""
    return [command for command in commands if text not in command]


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
    assert "TOTAL 59.10 USD" in done.stdout
    assert f"start-job-run --job-name {SERVICE}" in done.stdout


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
    assert without(asked, "aws ecr describe-images") == [
        "make --no-print-directory -C … package",
        apply("lake"),
        "aws ecr get-login-password",
        f"docker login --username AWS --password-stdin {REPOSITORY.split('/')[0]}",
        build,
        apply("mobile_coverage", "-var=runner=fargate", f"-var=image={image}"),
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
    """For pull requests: no question, no lock, no package, no image."""
    done = checkout.run("project_up.sh", "--plan", "--runner", "fargate")
    assert done.returncode == 0, done.stderr
    plan = "terraform -chdir=…/terraform/stacks/{} plan -input=false -lock=false"
    assert checkout.asked() == [
        plan.format("lake"),
        plan.format("mobile_coverage") + " -var=runner=fargate -var=image=planned",
        plan.format("orders"),
    ]


def test_state_lies_in_the_bucket_that_is_named(checkout: Checkout) -> None:
    """Under the suite's name and region, locked."""
    checkout.run("project_up.sh", "--plan", SLUICE_STATE_BUCKET="our-state")
    text = (checkout.folder / "terraform/stacks/orders/backend_override.tf").read_text()
    assert 'bucket       = "our-state"' in text
    assert 'key          = "sluice/us-east-1/orders.tfstate"' in text
    assert "use_lockfile = true" in text


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
