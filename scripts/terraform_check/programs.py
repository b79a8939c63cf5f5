"""Checks that other programs make: `terraform fmt`, TFLint and Checkov. None of them asks the network."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scripts.terraform_check.outcome import Outcome

TFLINT_VERSION = "v0.64.0"
_TFLINT = "github.com/terraform-linters/tflint"
_SECONDS = 300
_BUILD_SECONDS = 1800
"""Building TFLint takes two minutes on two cores."""

GET_TERRAFORM = (
    "found no terraform on PATH; install Terraform 1.9 or newer from developer.hashicorp.com/terraform"
)


class NotBuilt(Exception):
    """A program cannot be built here; its text says why."""


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with its output as text."""
    told = [str(part) for part in command]
    return subprocess.run(told, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)


def lines_of(done: subprocess.CompletedProcess[str]) -> tuple[str, ...]:
    """What a program that found something said, at least that it ended so."""
    said = [line.rstrip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    return tuple(said) or (f"{done.args[0]} ended with {done.returncode} and said nothing",)


def formatting(root: Path) -> Outcome:
    """`terraform fmt`: the files are laid out as Terraform does it. It must run where CI is set."""
    name = "terraform fmt"
    if shutil.which("terraform") is None:
        return Outcome(name, not_run=GET_TERRAFORM, must_run=os.environ.get("CI") == "true")
    done = run(["terraform", "fmt", "-check", "-recursive", "-list=true", "."], root)
    if done.returncode == 0:
        return Outcome(name, looked_at="every file is formatted")
    paths = [
        f"{root / line}: run `terraform fmt`" for line in done.stdout.splitlines() if line.endswith(".tf")
    ]
    return Outcome(name, findings=tuple(paths) or lines_of(done))


def tflint(root: Path, config: Path, tools: Path) -> Outcome:
    """TFLint with its rules for the language; those for AWS are a plugin that is no part of it."""
    name = f"tflint {TFLINT_VERSION}"
    try:
        program = built_by_go(_TFLINT, TFLINT_VERSION, tools)
    except NotBuilt as error:
        return Outcome(name, not_run=str(error))
    done = run(
        [program, "--recursive", "--no-color", "--format=compact", f"--config={config.resolve()}"], root
    )
    if done.returncode == 0:
        return Outcome(name)
    # What it cannot evaluate it says again for every rule.
    return Outcome(name, findings=tuple(dict.fromkeys(lines_of(done))))


def built_by_go(module: str, version: str, tools: Path) -> Path:
    """The program of a Go module, of our version, in the folder of tools; built there, once.

    Raises:
        NotBuilt: there is no Go, or it could not build it.
    """
    name = module.rsplit("/", 1)[-1]
    folder = tools.resolve() / f"{name}-{version}"
    program = folder / name
    if program.is_file():
        return program
    if shutil.which("go") is None:
        raise NotBuilt(f"found neither {program} nor a Go to build it with; install Go 1.26 or newer")
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": ""}
    command = ["go", "install", f"{module}@{version}"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotBuilt(f"`{' '.join(command)}` had not ended after {_BUILD_SECONDS} s") from error
    if done.returncode != 0:
        raise NotBuilt(f"`{' '.join(command)}` failed: {lines_of(done)[-1]}")
    return program


def checkov(root: Path, config: Path, program: Path) -> Outcome:
    """Checkov: no insecure settings but those that are skipped with a reason."""
    name = "checkov"
    if not program.is_file():
        return Outcome(name, not_run=f"found no {program}; run `scripts/setup.sh checkov`", must_run=True)
    done = run([program, "--config-file", config.resolve(), "--directory", "."], root)
    if done.returncode == 0:
        return Outcome(name)
    return Outcome(name, findings=lines_of(done))
