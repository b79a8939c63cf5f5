"""Workflows run the code that somebody looked at."""

from pathlib import Path

import pytest

from scripts.workflow_check import ROOT, unpinned

SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"      - uses: actions/checkout@{SHA} # v4.2.2", []),
        (f"        uses: owner/name/folder@{SHA} # v1", []),
        ("      - uses: ./.github/actions/setup", []),
        ("      - run: echo uses:", []),
        (
            "      - uses: actions/checkout@v4",
            ["actions/checkout@v4: pin the commit, owner/name@<40 hex digits>"],
        ),
        (
            "      - uses: actions/checkout@main # v4",
            ["actions/checkout@main: pin the commit, owner/name@<40 hex digits>"],
        ),
        (
            f"      - uses: actions/checkout@{SHA}",
            [f"actions/checkout@{SHA}: say the version behind it, # v1.2.3"],
        ),
    ],
)
def test_an_action_is_a_commit_whose_version_is_told(line: str, told: list[str], tmp_path: Path) -> None:
    """A tag can be moved to other code; a bare hash tells nobody whether it is old."""
    workflow = tmp_path / "a.yml"
    workflow.write_text(f"jobs:\n{line}\n", encoding="utf-8")
    assert list(unpinned(workflow)) == [f"a.yml:2: {one}" for one in told]


@pytest.mark.parametrize(
    "workflow", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda file: file.name
)
def test_a_workflow_has_no_key_and_few_rights(workflow: Path) -> None:
    """AWS is reached by OIDC; the token may read the repository unless a job says more."""
    text = workflow.read_text(encoding="utf-8")
    assert "permissions:\n  contents: read\n" in text
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
