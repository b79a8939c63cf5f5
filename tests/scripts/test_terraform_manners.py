"""The Terraform of the project looks alike: files, types, descriptions, versions, reasons of skips."""

from pathlib import Path

import pytest

from scripts.terraform_check.blocks import Folder, folder_at
from scripts.terraform_check.manners import (
    describes_what_others_see,
    has_short_files,
    has_the_files_of_a_module,
    pins_what_it_needs,
    types_its_variables,
)
from scripts.terraform_check.references import Rule
from scripts.terraform_check.skips import without_reason

ROOT = Path(__file__).resolve().parent.parent.parent
VERSIONS = """terraform {{
  required_version = ">= 1.9"
  required_providers {{
    aws = {{
      source = "hashicorp/aws"
      version = "{version}"
    }}
  }}
}}
"""


def found(rule: Rule, files: dict[str, str], path: str = "stacks/s") -> list[str]:
    """What a rule finds in a folder of these files."""
    return [str(finding) for finding in rule(Folder(Path(path), files))]


def test_a_module_has_its_four_files_and_an_example(tmp_path: Path) -> None:
    """No other file, so that one knows where to look."""
    module = tmp_path / "modules" / "m"
    module.mkdir(parents=True)
    for name in ("main.tf", "variables.tf", "outputs.tf", "iam.tf"):
        (module / name).touch()

    findings = has_the_files_of_a_module(folder_at(module))

    assert [str(one).removeprefix(f"{module}: ") for one in findings] == [
        "a module has a versions.tf; make it, empty if it must be",
        "iam.tf is none of a module's files: main.tf, outputs.tf, variables.tf, versions.tf",
        "a module has an example, examples/basic/main.tf; make it",
    ]


def test_a_stack_has_the_files_that_it_wants() -> None:
    """Its resources are by theme, in files named for it."""
    assert found(has_the_files_of_a_module, {"alarms.tf": ""}) == []


def test_a_file_is_short() -> None:
    """150 lines are, 151 are not."""
    files = {"a.tf": "#\n" * 150, "b.tf": "#\n" * 151}
    assert found(has_short_files, files) == ["stacks/s/b.tf: has 151 lines; split it, 150 are allowed"]


def test_a_variable_has_a_type_and_it_is_not_any() -> None:
    """Not within another type either; a text that says `any` is none."""
    text = """variable "a" {}
variable "b" {
  type = map(any)
}
variable "c" {
  type = object({ kind = optional(string, "any") })
}
"""
    assert found(types_its_variables, {"v.tf": text}) == [
        "stacks/s/v.tf:1: var.a has no type",
        "stacks/s/v.tf:3: var.b has the type any; say what it is",
    ]


def test_a_variable_and_an_output_have_a_description() -> None:
    """An empty one is none."""
    described = 'variable "c" {\n  description = "C."\n}\n'
    text = 'variable "a" {\n  description = ""\n}\noutput "b" {\n  value = 1\n}\n' + described
    assert found(describes_what_others_see, {"v.tf": text}) == [
        "stacks/s/v.tf:1: variable a has no description",
        "stacks/s/v.tf:4: output b has no description",
    ]


def test_a_stack_says_what_it_needs_in_versions_tf() -> None:
    """Elsewhere nobody looks for it; an example has but one file."""
    files = {"main.tf": VERSIONS.format(version="~> 6.25")}
    assert found(pins_what_it_needs, files) == [
        "stacks/s: names no required_version; give it in versions.tf",
        "stacks/s: names no required_providers; give them in versions.tf",
    ]
    assert found(pins_what_it_needs, files, "modules/m/examples/basic") == []


@pytest.mark.parametrize("version", ["~> 6.25", "6.25.0", "= 6.25.0", ">= 6.25, < 7"])
def test_a_provider_with_an_end_of_its_versions_is_pinned(version: str) -> None:
    """The next major one does not come unasked."""
    assert found(pins_what_it_needs, {"versions.tf": VERSIONS.format(version=version)}) == []


@pytest.mark.parametrize("version", [">= 6.25", "", "!= 6.1"])
def test_a_provider_without_an_end_of_its_versions_is_not_pinned(version: str) -> None:
    """Whichever is newest would come."""
    assert found(pins_what_it_needs, {"versions.tf": VERSIONS.format(version=version)}) == [
        f"stacks/s/versions.tf:4: provider aws has the version {version!r}; pin it, as in '~> 6.25'"
    ]


def test_a_skip_has_its_reason(tmp_path: Path) -> None:
    """Beside it: after a second colon in a file, as a comment in Checkov's settings."""
    file, settings = tmp_path / "main.tf", tmp_path / ".checkov.yaml"
    file.write_text("#checkov:skip=CKV_AWS_1:why\n#checkov:skip=CKV_AWS_2\n# checkov:skip=CKV_AWS_3: \n")
    settings.write_text("skip-check:\n  - CKV_AWS_4 # why\n  - CKV_AWS_5\nframework:\n  - terraform\n")

    findings = without_reason([file, settings])

    assert [str(one).removeprefix(f"{tmp_path}/") for one in findings] == [
        "main.tf:2: CKV_AWS_2 is skipped without a reason; write it",
        "main.tf:3: CKV_AWS_3 is skipped without a reason; write it",
        ".checkov.yaml:3: CKV_AWS_5 is skipped without a reason; write it",
    ]


def test_the_project_s_skips_have_their_reasons() -> None:
    """Those of terraform/ and of Checkov's settings."""
    files = [*(ROOT / "terraform").rglob("*.tf"), ROOT / ".checkov.yaml"]
    assert [str(one) for one in without_reason(files)] == []
