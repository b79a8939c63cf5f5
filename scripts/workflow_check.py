"""Checks the workflows of CI: what actionlint finds, and that each action is pinned to a commit.

    python -m scripts.workflow_check

Exit code 0: nothing is wrong. 1: something is. 3: nothing is, but actionlint could not be had here.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.terraform_check.outcome import FAILED, NOT_RUN, Outcome, told
from scripts.terraform_check.programs import NotBuilt, built_by_go, lines_of, run

ROOT = Path(__file__).resolve().parent.parent
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint"
ACTIONLINT_VERSION = "v1.7.12"

_USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<action>\S+)(?P<comment>.*)$")
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def unpinned(workflow: Path) -> Iterator[str]:
    """Uses of an action by a name that its owner can move, or whose version no comment tells."""
    for number, line in enumerate(workflow.read_text(encoding="utf-8").splitlines(), start=1):
        uses = _USES.match(line)
        if uses is None or uses["action"].startswith("./"):
            continue
        if not _PINNED.fullmatch(uses["action"]):
            yield f"{workflow.name}:{number}: {uses['action']}: pin the commit, owner/name@<40 hex digits>"
        elif not re.search(r"#\s*v\d", uses["comment"]):
            yield f"{workflow.name}:{number}: {uses['action']}: say the version behind it, # v1.2.3"


def pins(workflows: Sequence[Path]) -> Outcome:
    """Every action is the commit that was looked at."""
    found = [finding for workflow in workflows for finding in unpinned(workflow)]
    return Outcome("pinned actions", tuple(found), looked_at=f"{len(workflows)} workflows are right")


def actionlint(workflows: Sequence[Path], tools: Path) -> Outcome:
    """What actionlint knows to be wrong: syntax, types of expressions, shell, unknown runners."""
    name = f"actionlint {ACTIONLINT_VERSION}"
    try:
        program = built_by_go(ACTIONLINT, ACTIONLINT_VERSION, tools)
    except NotBuilt as error:
        return Outcome(name, not_run=str(error))
    done = run([program, "-no-color", *workflows], ROOT)
    return Outcome(name, findings=() if done.returncode == 0 else lines_of(done))


def main() -> int:
    """Check the workflows of the project."""
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    done = told("check-workflows", [pins(workflows), actionlint(workflows, ROOT / "var" / "tools")])
    if any(outcome.failed for outcome in done):
        return FAILED
    return NOT_RUN if any(outcome.not_run for outcome in done) else 0


if __name__ == "__main__":
    sys.exit(main())
