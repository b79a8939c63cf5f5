"""Terraform files as blocks: what stands in them and in which line, values still as parsed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import hcl2
from hcl2.rules.abstract import LarkRule
from hcl2.rules.base import AttributeRule, BlockRule, BodyRule
from hcl2.rules.literal_rules import IdentifierRule
from hcl2.rules.strings import StringRule
from lark.exceptions import LarkError


class NotTerraform(Exception):
    """A file that cannot be parsed; its text says which and why."""


@dataclass(frozen=True)
class Finding:
    """Something wrong in a file; line 0 is the file as a whole, or the folder."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.text}"


@dataclass(frozen=True)
class Attribute:
    """`name = value`; the value is a node of the parsed file."""

    name: str
    value: LarkRule
    line: int


@dataclass(frozen=True)
class Block:
    """`kind "label" "label" { … }` of a file."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Attribute]
    blocks: tuple["Block", ...]
    file: Path
    line: int

    def finding(self, text: str, line: int = 0) -> Finding:
        return Finding(self.file, line or self.line, text)


@dataclass(frozen=True)
class Folder:
    """All the .tf files of one folder, which Terraform reads as one: a stack, a module or an example."""

    path: Path
    files: dict[str, str]
    """The text of each file by its name."""

    @cached_property
    def blocks(self) -> list[Block]:
        """The top blocks of all its files.

        Raises:
            NotTerraform: a file cannot be parsed.
        """
        return [block for name, text in self.files.items() for block in parse(self.path / name, text)]

    def of(self, kind: str) -> list[Block]:
        """Its top blocks of a kind, such as `variable`."""
        return [block for block in self.blocks if block.kind == kind]


def folder_at(path: Path) -> Folder:
    """The folder with its .tf files, none where it does not exist."""
    return Folder(path, {file.name: file.read_text(encoding="utf-8") for file in sorted(path.glob("*.tf"))})


def folders_below(root: Path) -> list[Folder]:
    """Every folder from `root` down that has .tf files, without what Terraform itself has put there."""
    files = [file for file in root.rglob("*.tf") if ".terraform" not in file.parts]
    return [folder_at(path) for path in sorted({file.parent for file in files})]


def parse(file: Path, text: str) -> list[Block]:
    """The top blocks of a file.

    Raises:
        NotTerraform: it cannot be parsed.
    """
    try:
        body = hcl2.parses(text).body
    except LarkError as error:
        where, line = str(error).splitlines()[0], getattr(error, "line", 0)
        raise NotTerraform(str(Finding(file, max(line, 0), f"cannot be parsed: {where}"))) from error
    return list(_blocks_in(body, file))


def line_of(rule: LarkRule) -> int:
    """The line that a node begins in, 1 for the first; 0 where the parser has not kept it."""
    return getattr(rule._meta, "line", 0)  # it has no other way to ask


def literal(value: LarkRule) -> str | None:
    """The text of a value that is a string without interpolation; None for any other value."""
    text = value.serialize()
    is_literal = isinstance(text, str) and text.startswith('"') and "${" not in text and "%{" not in text
    return text[1:-1] if is_literal else None


def _blocks_in(body: BodyRule, file: Path) -> Iterator[Block]:
    for child in body.children:
        if isinstance(child, BlockRule):
            kind, *labels = (_label(label) for label in child.labels)
            inner = tuple(_blocks_in(child.body, file))
            yield Block(kind, tuple(labels), _attributes_in(child.body), inner, file, line_of(child))


def _attributes_in(body: BodyRule) -> dict[str, Attribute]:
    rules = [child for child in body.children if isinstance(child, AttributeRule)]
    names = [str(rule.identifier.serialize()) for rule in rules]
    return {
        name: Attribute(name, rule.expression, line_of(rule)) for name, rule in zip(names, rules, strict=True)
    }


def _label(label: IdentifierRule | StringRule) -> str:
    return str(label.serialize()).strip('"')
