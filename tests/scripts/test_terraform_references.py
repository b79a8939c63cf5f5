"""What the Terraform of a folder refers to is declared there, and what it declares is used."""

from pathlib import Path

import pytest

from scripts.terraform_check.blocks import Folder, NotTerraform, folder_at, folders_below
from scripts.terraform_check.manners import RULES as MANNERS
from scripts.terraform_check.references import (
    RULES,
    Rule,
    calls_modules_as_they_are,
    declared_once,
    refers_to_what_is_declared,
    uses_what_it_declares,
)

ROOT = Path(__file__).resolve().parent.parent.parent


def found(rule: Rule, *files: str) -> list[str]:
    """What a rule finds in the files of a folder, which are 0.tf, 1.tf and so on."""
    folder = Folder(Path("f"), {f"{number}.tf": text for number, text in enumerate(files)})
    return [str(finding) for finding in rule(folder)]


@pytest.mark.parametrize("folder", folders_below(ROOT / "terraform"), ids=lambda folder: str(folder.path))
@pytest.mark.parametrize("rule", [*RULES, *MANNERS])
def test_the_project_s_terraform_keeps_the_rule(folder: Folder, rule: Rule) -> None:
    """Every folder of terraform/, as `make check-terraform` has it."""
    assert [str(finding) for finding in rule(folder)] == []


def test_a_file_that_is_no_terraform_is_named_with_its_line() -> None:
    """Nothing else can be said about its folder."""
    with pytest.raises(NotTerraform, match=r"^f/0\.tf:2: cannot be parsed: Unexpected token"):
        found(declared_once, 'locals {\n  a = = "x"\n}\n')


def test_a_name_is_declared_once() -> None:
    """In all the files of a folder together; a variable and a local may share a name."""
    first = 'variable "x" {}\nlocals {\n  x = 1\n}\n'
    assert found(declared_once, first, 'variable "x" {}\n') == [
        "f/1.tf:1: var.x is declared twice; rename or remove it"
    ]


@pytest.mark.parametrize(
    ("value", "undeclared"),
    [
        ("var.size", "var.size"),
        ("local.tags", "local.tags"),
        ("aws_s3_bucket.lake.arn", "aws_s3_bucket.lake"),
        ('aws_s3_bucket.lake["raw"].arn', "aws_s3_bucket.lake"),
        ("aws_s3_bucket.lake[*].arn", "aws_s3_bucket.lake"),
        ("aws_s3_bucket.lake.*.arn", "aws_s3_bucket.lake"),
        ("data.aws_region.here.name", "data.aws_region.here"),
        ('module.role["job"].arn', "module.role"),
        ("local.x[var.size].y", "var.size"),
        ("bucket.x", "bucket.x"),
        ('"a-${upper(var.size)}-b"', "var.size"),
        ('"%{ if var.size }big%{ endif }"', "var.size"),
        ('jsonencode({ Name = "x", (var.size) = 1 })', "var.size"),
        ("[for k, v in var.sizes : v.x if v.y]", "var.sizes"),
        ("{ for k in [1] : k => local.map[k] }", "local.map"),
        ("self_made ? 1 : local.no", "local.no"),
        ("<<-EOT\n    a ${var.size}\n  EOT", "var.size"),
        ('<<EOT\n"q" %{ for x in var.sizes }${x.y}%{ endfor }\nEOT', "var.sizes"),
        ("{ a = { b = [1, -var.size] } }", "var.size"),
    ],
)
def test_a_reference_has_its_declaration(value: str, undeclared: str) -> None:
    """However deep it stands: in strings, calls, loops, indexes and heredocs."""
    lines = found(refers_to_what_is_declared, f"locals {{\n  x = {value}\n}}\n")
    assert f"f/0.tf:2: {undeclared} is not declared in this folder" in lines


@pytest.mark.parametrize(
    "value",
    [
        '"var.size and $${var.size}"',
        "[for k, v in { a = 1 } : k.x + v.y]",
        '"%{ for x in [1] }${x.y}%{ endfor }"',
        "<<EOT\nvar.size $${var.size}\nEOT",
        "{ var = 1, name = true }",
        "path.module",
        "terraform.workspace",
        "null",
    ],
)
def test_what_only_looks_like_a_reference_is_none(value: str) -> None:
    """Texts, escaped sequences, names of loops and keys."""
    assert found(refers_to_what_is_declared, f"locals {{\n  x = {value}\n}}\n") == []


def test_a_bare_name_refers_to_nothing() -> None:
    """As where the quotes or the `var.` were forgotten."""
    assert found(refers_to_what_is_declared, "locals {\n  x = size\n}\n") == [
        "f/0.tf:2: size stands alone and refers to nothing; name what it is of, or quote it"
    ]


def test_each_and_count_stand_where_they_are_given() -> None:
    """Within the block that has `for_each` or `count`, and nowhere else."""
    right = 'resource "aws_t" "a" {\n  for_each = {}\n  name = each.key\n}\n'
    other = 'resource "aws_t" "b" {\n  for_each = {}\n  name = count.index\n}\n'
    output = 'output "o" {\n  value = each.key\n}\n'
    assert found(refers_to_what_is_declared, right, other + output) == [
        "f/1.tf:3: count.index is used where no count is given",
        "f/1.tf:6: each.key is used where no for_each is given",
    ]


def test_a_dynamic_block_s_element_is_known_within_it() -> None:
    """By the block's name, or by the iterator that it names; not outside."""
    text = """resource "aws_t" "a" {
  dynamic "rule" {
    for_each = [1]
    content {
      id = rule.value.id
      dynamic "step" {
        for_each = rule.value.steps
        iterator = it
        content {
          id = "${it.value.id} ${step.value}"
        }
      }
    }
  }
  id = rule.value
}
"""
    assert found(refers_to_what_is_declared, text) == [
        "f/0.tf:15: rule.value is not declared in this folder",
        "f/0.tf:10: step.value is not declared in this folder",
    ]


def test_names_that_are_no_references_are_left_alone() -> None:
    """Types, ignored attributes, providers, and what a `moved` block says was once there."""
    text = """variable "x" {
  type = object({ a = optional(string, "b") })
}
resource "aws_t" "a" {
  provider = aws.west
  lifecycle {
    ignore_changes = [tags, rule[0].id]
  }
}
moved {
  from = aws_t.old
  to   = aws_t.a
}
"""
    assert found(refers_to_what_is_declared, text) == []


def test_a_variable_or_local_is_used() -> None:
    """By something else: what a variable's own validation says of it does not count."""
    text = """variable "used" {}
variable "idle" {
  validation {
    condition = var.idle > 1
  }
}
locals {
  a = var.used
  b = local.a
}
"""
    assert found(uses_what_it_declares, text) == [
        "f/0.tf:2: var.idle is not used; remove it",
        "f/0.tf:9: local.b is not used; remove it",
    ]


def stack_with_module(tmp_path: Path, call: str) -> list[str]:
    """What is found in a call of a module with a required and an optional variable, and one output."""
    module, stack = tmp_path / "modules" / "m", tmp_path / "stack"
    module.mkdir(parents=True)
    stack.mkdir()
    (module / "variables.tf").write_text('variable "name" {}\nvariable "size" {\n  default = null\n}\n')
    (module / "outputs.tf").write_text('output "arn" {\n  value = var.name\n}\n')
    (stack / "main.tf").write_text(call)
    findings = calls_modules_as_they_are(folder_at(stack))
    return [str(finding).removeprefix(f"{stack}/") for finding in findings]


def test_a_module_gets_what_it_requires_and_nothing_that_it_lacks(tmp_path: Path) -> None:
    """What Terraform itself understands in a call is no argument of the module."""
    call = 'module "m" {\n  source = "../modules/m"\n  count = 2\n  colour = "red"\n}\n'
    assert stack_with_module(tmp_path, call) == [
        "main.tf:4: module.m: 'colour' is no variable of the module",
        "main.tf:1: module.m: 'name' is required and not given",
    ]


def test_a_module_s_output_exists(tmp_path: Path) -> None:
    """With or without the index of an instance."""
    call = 'module "m" {\n  source = "../modules/m"\n  name = "x"\n}\n'
    read = "locals {\n  a = module.m.arn\n  b = module.m[0].id\n  c = module.m\n}\n"
    assert stack_with_module(tmp_path, call + read) == [
        "main.tf:7: module.m.id: the module has no such output"
    ]


@pytest.mark.parametrize("source", ['"../modules/n"', '"x/../../modules/m"', "var.source"])
def test_a_module_is_one_of_the_project_s(tmp_path: Path, source: str) -> None:
    """By a path to a folder that has files, which begins as Terraform wants it."""
    assert stack_with_module(tmp_path, f'module "m" {{\n  source = {source}\n}}\n') == [
        "main.tf:1: module.m: its source is no module here; give a relative path"
    ]
