"""How the Terraform of the project looks: files and their length, what is typed, described and pinned.

A rule is a function of one folder; it gives what is wrong.
"""

import re
from collections.abc import Iterator

from hcl2.rules.literal_rules import IdentifierRule
from hcl2.walk import find_all

from scripts.terraform_check.blocks import Block, Finding, Folder
from scripts.terraform_check.references import Rule

LONGEST_FILE = 150
MODULE_FILES = ("main.tf", "outputs.tf", "variables.tf", "versions.tf")
EXAMPLE = "examples/basic/main.tf"


def is_module(folder: Folder) -> bool:
    """Whether it is a folder of terraform/modules."""
    return folder.path.parent.name == "modules"


def is_example(folder: Folder) -> bool:
    """Whether it shows how a module is called."""
    return folder.path.parent.name == "examples"


def has_the_files_of_a_module(folder: Folder) -> Iterator[Finding]:
    """A module has its four files, no other, and a basic example."""
    if not is_module(folder):
        return
    for name in sorted(set(MODULE_FILES) - set(folder.files)):
        yield Finding(folder.path, 0, f"a module has a {name}; make it, empty if it must be")
    for name in sorted(set(folder.files) - set(MODULE_FILES)):
        yield Finding(folder.path, 0, f"{name} is none of a module's files: {', '.join(MODULE_FILES)}")
    if not (folder.path / EXAMPLE).is_file():
        yield Finding(folder.path, 0, f"a module has an example, {EXAMPLE}; make it")


def has_short_files(folder: Folder) -> Iterator[Finding]:
    """A file can be read at once."""
    for name, text in folder.files.items():
        lines = len(text.splitlines())
        if lines > LONGEST_FILE:
            yield Finding(folder.path / name, 0, f"has {lines} lines; split it, {LONGEST_FILE} are allowed")


def types_its_variables(folder: Folder) -> Iterator[Finding]:
    """Every variable has a type that says what it is, which `any` does not."""
    for variable in folder.of("variable"):
        given = variable.attributes.get("type")
        if given is None:
            yield variable.finding(f"var.{variable.labels[0]} has no type")
        elif any(one.serialize() == "any" for one in find_all(given.value, IdentifierRule)):
            yield variable.finding(f"var.{variable.labels[0]} has the type any; say what it is", given.line)


def describes_what_others_see(folder: Folder) -> Iterator[Finding]:
    """Every variable and output has a description."""
    for block in [*folder.of("variable"), *folder.of("output")]:
        given = block.attributes.get("description")
        if given is None or given.value.serialize() == '""':
            yield block.finding(f"{block.kind} {block.labels[0]} has no description")


def pins_what_it_needs(folder: Folder) -> Iterator[Finding]:
    """Modules and stacks say in versions.tf which Terraform and providers they are for, examples anywhere."""
    settings = [one for one in folder.of("terraform") if is_example(folder) or one.file.name == "versions.tf"]
    if not any("required_version" in one.attributes for one in settings):
        yield Finding(folder.path, 0, "names no required_version; give it in versions.tf")
    providers = [inner for one in settings for inner in one.blocks if inner.kind == "required_providers"]
    if not providers:
        yield Finding(folder.path, 0, "names no required_providers; give them in versions.tf")
    for block in providers:
        yield from _open_versions(block)


def _open_versions(required: Block) -> Iterator[Finding]:
    for name, provider in required.attributes.items():
        value = provider.value.serialize()
        version = str(value.get("version", "")).strip('"') if isinstance(value, dict) else ""
        if not re.match(r"~>|=?\s*\d", version) and "<" not in version:
            text = f"provider {name} has the version {version!r}; pin it, as in '~> 6.25'"
            yield required.finding(text, provider.line)


RULES: tuple[Rule, ...] = (
    has_the_files_of_a_module,
    has_short_files,
    types_its_variables,
    describes_what_others_see,
    pins_what_it_needs,
)
