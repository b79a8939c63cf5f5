"""Runs `terraform validate` for every stack and every example, which needs the provider.

    python -m scripts.terraform_check.validate

The provider comes from wherever Terraform is told to take it from: the file that TF_CLI_CONFIG_FILE names
may have a mirror, or a provider of one's own under `dev_overrides`. Terraform works in a copy, for it leaves
files behind. Exit code 0: all is valid. 1: something is not. 3: there is no Terraform here, or no provider.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.terraform_check.blocks import folders_below
from scripts.terraform_check.manners import is_module
from scripts.terraform_check.outcome import FAILED, NOT_RUN, Outcome, told
from scripts.terraform_check.programs import GET_TERRAFORM, lines_of

ROOT = Path("terraform")
_SECONDS = 900
_NO_PROVIDER = ("Failed to query available provider packages", "Failed to install provider")


def copied(project: Path, to: Path) -> None:
    """A copy of the project's Terraform, with links to everything else that it reads."""
    ignored = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl")
    shutil.copytree(project / ROOT, to / ROOT, ignore=ignored)
    for path in project.iterdir():
        if path.name not in (ROOT.name, ".git"):
            (to / path.name).symlink_to(path.resolve())


def has_overrides() -> bool:
    """Whether Terraform is told to use a provider of one's own, which it cannot install."""
    told_by = Path(os.environ.get("TF_CLI_CONFIG_FILE", ""))
    return told_by.is_file() and "dev_overrides" in told_by.read_text(encoding="utf-8")


def validated(folder: Path, name: str, plugins: Path) -> Outcome:
    """What Terraform says of one folder."""
    first = ["get"] if has_overrides() else ["init", "-backend=false", "-input=false"]
    for command in (first, ["validate"]):
        done = _terraform(command, folder, plugins)
        if any(text in done.stderr for text in _NO_PROVIDER):
            return Outcome(name, not_run=_why(done.stderr))
        if done.returncode != 0:
            return Outcome(name, findings=lines_of(done))
    return Outcome(name, looked_at="valid")


def _terraform(command: list[str], folder: Path, plugins: Path) -> subprocess.CompletedProcess[str]:
    # The cache spares a download for each folder; the lock files that it may spoil go with the copy.
    plugins.mkdir(parents=True, exist_ok=True)
    cached = {"TF_PLUGIN_CACHE_DIR": str(plugins), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
    return subprocess.run(
        ["terraform", *command, "-no-color"],
        cwd=folder,
        env={**cached, **os.environ},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def _why(stderr: str) -> str:
    """The first paragraph after the heading of an error of Terraform's, as one line."""
    paragraphs = [" ".join(part.split()) for part in stderr.partition("Error: ")[2].split("\n\n")]
    return " ".join(paragraphs[:2])


def outcomes(project: Path) -> Iterator[Outcome]:
    """Every stack and example in turn; where the provider cannot be had, the first says it for all."""
    with tempfile.TemporaryDirectory() as work:
        copied(project, Path(work))
        for folder in folders_below(Path(work, ROOT)):
            if is_module(folder):
                continue
            name = folder.path.relative_to(work).as_posix()
            outcome = validated(folder.path, name, project / "var" / "terraform-plugins")
            yield outcome
            if outcome.not_run:
                return


def main() -> int:
    """Validate from the root of the project."""
    if shutil.which("terraform") is None:
        print(f"validate-terraform: NOT RUN: {GET_TERRAFORM}")
        return NOT_RUN
    done = told("validate-terraform", outcomes(Path.cwd()))
    if any(outcome.failed for outcome in done):
        return FAILED
    return NOT_RUN if any(outcome.not_run for outcome in done) else 0


if __name__ == "__main__":
    sys.exit(main())
