"""A check of Terraform that could not run is told of, and is never a success."""

import shutil
from pathlib import Path

import pytest

from scripts.terraform_check import programs, validate
from scripts.terraform_check.outcome import Outcome, told


def test_every_check_has_its_line_after_its_findings(capsys: pytest.CaptureFixture[str]) -> None:
    """And it tells one that found nothing from one that did not look."""
    checks = [Outcome("a"), Outcome("b", findings=("x.tf:1: wrong",)), Outcome("c", not_run="no Go")]

    done = told("check", checks)

    assert capsys.readouterr().out.splitlines() == [
        "check: a: nothing found",
        "x.tf:1: wrong",
        "check: b: FAILED, as told above",
        "check: c: NOT RUN: no Go",
    ]
    assert [outcome.failed for outcome in done] == [False, True, False]


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no program on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def test_without_terraform_nothing_is_said_of_the_format(bare_machine: Path) -> None:
    """But how to get it."""
    outcome = programs.formatting(bare_machine)
    assert str(outcome).startswith(
        "terraform fmt: NOT RUN: found no terraform on PATH; install Terraform 1.9"
    )
    assert not outcome.failed


def test_ci_without_terraform_fails(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There it is to be installed."""
    monkeypatch.setenv("CI", "true")
    assert programs.formatting(bare_machine).failed


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform on this machine")
def test_a_file_in_another_format_is_named(tmp_path: Path) -> None:
    """With what puts it right."""
    (tmp_path / "a.tf").write_text("locals {\n  a = 1\n}\n")
    (tmp_path / "b.tf").write_text("locals {\na=1\n}\n")
    assert programs.formatting(tmp_path).findings == (f"{tmp_path}/b.tf: run `terraform fmt`",)


def test_without_go_tflint_is_told_as_not_run(bare_machine: Path) -> None:
    """It is no failure: the machine cannot have it."""
    outcome = programs.tflint(bare_machine, bare_machine / ".tflint.hcl", bare_machine / "tools")
    assert "NOT RUN: found neither" in str(outcome)
    assert "install Go 1.26 or newer" in str(outcome)
    assert not outcome.failed


def test_without_checkov_the_check_has_failed(bare_machine: Path) -> None:
    """It is a package like any other: scripts/setup.sh gets it."""
    outcome = programs.checkov(bare_machine, bare_machine / ".checkov.yaml", bare_machine / "checkov")
    assert "NOT RUN: found no" in str(outcome)
    assert outcome.failed


def test_validate_without_terraform_is_told_by_its_exit_code(
    bare_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3, as the audit has where nobody can be asked."""
    assert validate.main() == 3
    assert capsys.readouterr().out.startswith("validate-terraform: NOT RUN: found no terraform on PATH")


def test_validate_works_on_a_copy(tmp_path: Path) -> None:
    """Terraform reads the project's other folders through links, and leaves its own files in the copy."""
    project, copy = tmp_path / "project", tmp_path / "copy"
    (project / "terraform" / "stacks" / "s" / ".terraform").mkdir(parents=True)
    (project / "terraform" / "stacks" / "s" / "main.tf").write_text("locals {}\n")
    (project / "glue_jobs").mkdir()
    (project / "glue_jobs" / "zones.json").write_text("{}")
    copy.mkdir()

    validate.copied(project, copy)

    assert sorted(path.name for path in (copy / "terraform" / "stacks" / "s").iterdir()) == ["main.tf"]
    assert not (copy / "terraform").is_symlink()
    assert (copy / "glue_jobs" / "zones.json").read_text() == "{}"


def test_a_provider_of_one_s_own_is_told_by_terraform_s_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that are not there are none."""
    settings = tmp_path / "terraformrc"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(settings))
    assert not validate.has_overrides()
    settings.write_text('provider_installation {\n  dev_overrides {\n    "a/b" = "/x"\n  }\n}\n')
    assert validate.has_overrides()
