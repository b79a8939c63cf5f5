"""Checks the Terraform of the project as far as that goes without its provider; one line for each check.

    python -m scripts.terraform_check

Exit code 0: nothing is wrong, though a check may not have run, which its line says. 1: something is wrong.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.terraform_check import manners, programs, references, schema
from scripts.terraform_check.bindings import Bindings
from scripts.terraform_check.blocks import Folder, NotTerraform, folders_below
from scripts.terraform_check.outcome import FAILED, Outcome, told
from scripts.terraform_check.skips import without_reason
from scripts.terraform_check.wheel import NotFetched, wheel_of

ROOT = Path("terraform")
_CONFIGURED = (Path(".checkov.yaml"), *Path("docker").rglob("Dockerfile*"))


def in_folders(folders: list[Folder]) -> Outcome:
    """References and manners: what can be told by looking at the files alone."""
    rules = (*references.RULES, *manners.RULES)
    try:
        found = [str(one) for folder in folders for rule in rules for one in rule(folder)]
    except NotTerraform as error:
        found = [str(error)]
    return Outcome("references and manners", tuple(found), looked_at=f"{len(folders)} folders are right")


def arguments(folders: list[Folder]) -> Outcome:
    """Arguments, blocks and attributes against the schema of the provider."""
    name = "arguments of provider 6.25.0"
    try:
        bindings = Bindings(wheel_of(Path("requirements-bindings.lock"), Path("var/terraform-bindings")))
        found = [str(one) for folder in folders for one in schema.findings(folder, bindings)]
    except NotFetched as error:
        return Outcome(name, not_run=str(error), must_run=True)
    except NotTerraform as error:
        found = [str(error)]
    return Outcome(name, tuple(found), looked_at=f"{len(folders)} folders agree with it")


def skips() -> Outcome:
    """Every skipped check has its reason."""
    files = [*sorted(ROOT.rglob("*.tf")), *(file for file in _CONFIGURED if file.is_file())]
    return Outcome("reasons of skips", tuple(str(one) for one in without_reason(files)))


def outcomes() -> Iterator[Outcome]:
    """Every check, the quick ones first."""
    folders = folders_below(ROOT)
    yield programs.formatting(ROOT)
    yield in_folders(folders)
    yield arguments(folders)
    yield skips()
    yield programs.tflint(ROOT, Path(".tflint.hcl"), Path("var/tools"))
    yield programs.checkov(ROOT, Path(".checkov.yaml"), Path(".venv-checkov/bin/checkov").resolve())


def main() -> int:
    """Run the checks from the root of the project."""
    if not ROOT.is_dir():
        print(f"check-terraform: found no folder {ROOT} in {Path.cwd()}; run it from the root of the project")
        return FAILED
    done = told("check-terraform", outcomes())
    return FAILED if any(outcome.failed for outcome in done) else 0


if __name__ == "__main__":
    sys.exit(main())
