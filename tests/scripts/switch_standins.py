"""The switch's scripts in a folder, with stand-ins for terraform, aws and docker that keep what is asked."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/sluice/streaming-consumer"
STANDINS = {
    "terraform": f"""
        case "$*" in
            *"output -raw repository") echo {REPOSITORY} ;;
            *"state list")
                if [ -e "$HERE/nothing" ]; then echo "No state file was found!" >&2; exit 1; fi
                echo aws_s3_bucket.this ;;
        esac""",
    "aws": f"""
        case "$*" in
            "sts get-caller-identity"*) printf '{ACCOUNT}\\tarn:aws:iam::{ACCOUNT}:user/me\\n' ;;
            "ecr describe-images"*) [ -e "$HERE/pushed" ] ;;
            "ecr get-login-password") echo a-password ;;
            "ssm get-parameter"*) [ ! -e "$HERE/no-lake" ] || {{ cat "$HERE/no-lake" >&2; exit 254; }} ;;
            "glue get-job-runs"*)
                if [ -e "$HERE/no-job" ]; then echo "(EntityNotFoundException)" >&2; exit 254; fi
                [ -e "$HERE/stopped" ] || echo jr_1 ;;
            "glue batch-stop-job-run"*) touch "$HERE/stopped" ;;
        esac""",
    "docker": """
        if [ "$1" = login ]; then cat > "$HERE/password"; else touch "$HERE/pushed"; fi""",
    "make": "",
    ".venv/bin/sluice": f"""
        cd {shlex.quote(str(ROOT))} && exec {shlex.quote(sys.executable)} -m cli.main "$@" """,
    ".venv/bin/python": """
        case "$*" in -c*) exec python3 "$@" ;; esac""",
}
"""What each program answers, as shell; the price is that of the real command. All write their arguments down,
and fail where a file says so."""

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
            env={
                "PATH": path,
                "HERE": str(self.folder),
                "HOME": str(self.folder),
                "SLUICE_POLL_SECONDS": "0",
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        """What the stand-ins were asked, in order, but for looking; then forgotten."""
        log = self.folder / "asked"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        looking = ("aws sts", "aws ssm", " init ", "sluice cost", " -c ", "state list", " output ")
        return [
            line.replace(str(self.folder), "…") for line in lines if not any(one in line for one in looking)
        ]

    def fail(self, command: str | None) -> None:
        """Let each command that has this text in it fail; None: no more."""
        (self.folder / "failing").write_text(command or "no such command", encoding="utf-8")


def fresh_checkout(tmp_path: Path) -> Checkout:
    """In an account where nothing is."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for stack in ("lake", "mobile_coverage", "orders"):
        (tmp_path / "terraform/stacks" / stack).mkdir(parents=True)
    (tmp_path / "docker/streaming-consumer").mkdir(parents=True)
    (tmp_path / "docker/streaming-consumer/Dockerfile").write_text("FROM nothing\n")
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
