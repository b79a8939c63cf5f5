"""What the values of Terraform refer to: every dotted name, such as `var.name`, wherever it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import hcl2
from hcl2.rules.abstract import LarkElement, LarkRule
from hcl2.rules.directives import TemplateForRule, TemplateForStartRule
from hcl2.rules.expressions import ExprTermRule
from hcl2.rules.for_expressions import ForIntroRule, ForObjectExprRule, ForTupleExprRule
from hcl2.rules.indexing import (
    AttrSplatExprTermRule,
    FullSplatExprTermRule,
    GetAttrExprTermRule,
    GetAttrRule,
    IndexExprTermRule,
)
from hcl2.rules.literal_rules import IdentifierRule
from hcl2.rules.strings import HeredocTemplateRule

from scripts.terraform_check.blocks import Block, line_of

Names: TypeAlias = frozenset[str]

_CHAINS = (GetAttrExprTermRule, IndexExprTermRule, AttrSplatExprTermRule, FullSplatExprTermRule)
_LOOPS = (ForTupleExprRule, ForObjectExprRule, TemplateForRule)
_NO_REFERENCES = {
    "variable": ("type",),
    "lifecycle": ("ignore_changes",),
    "resource": ("provider",),
    "data": ("provider",),
    "module": ("providers",),
    "dynamic": ("iterator",),
}
"""Attributes whose bare names mean something else, by the block that they stand in."""


@dataclass(frozen=True)
class Reference:
    """A dotted name without its indexes: `aws_t.n["x"].arn` is `("aws_t", "n", "arn")`."""

    names: tuple[str, ...]
    line: int

    def __str__(self) -> str:
        return ".".join(self.names)


def block_references(block: Block, bound: Names = frozenset()) -> Iterator[Reference]:
    """Every reference in a block and those within; `bound` are names of loops around it, which are none."""
    skipped = _NO_REFERENCES.get(block.kind, ())
    for attribute in block.attributes.values():
        if attribute.name not in skipped:
            yield from (
                Reference(one.names, one.line or attribute.line) for one in references(attribute.value, bound)
            )
    for inner in block.blocks:
        yield from block_references(inner, bound | _iterator_of(block))


def references(node: LarkElement, bound: Names = frozenset()) -> Iterator[Reference]:
    """Every reference in a parsed value. A bare name, `x` alone, is one too, and never right."""
    if not isinstance(node, LarkRule):
        return
    if isinstance(node, HeredocTemplateRule):
        yield from (Reference(one.names, 0) for one in _in_heredoc(node, bound))
        return
    bound |= _bound_by(node)
    names, others = _chain(node)
    if names and names[0] not in bound:
        yield Reference(tuple(names), line_of(node))
    for other in others:
        yield from references(other, bound)


def _chain(node: LarkRule) -> tuple[list[str], list[LarkElement]]:
    """The dotted name that a node spells, if it does, and what else is to be searched: indexes, parts."""
    if isinstance(node, ExprTermRule) and isinstance(node.expression, IdentifierRule):
        return [str(node.expression.serialize())], []
    if isinstance(node, ExprTermRule) and isinstance(node.expression, _CHAINS):
        return _chain(node.expression)
    if not isinstance(node, _CHAINS):
        return [], [child for child in node.children if child is not None]
    head, suffix = node.children
    names, others = _chain(head)
    links = [suffix] if isinstance(suffix, GetAttrRule) else suffix.children
    attributes = [str(link.identifier.serialize()) for link in links if isinstance(link, GetAttrRule)]
    return (names + attributes if names else []), [*others, suffix]


def _bound_by(node: LarkRule) -> Names:
    """The names that a `for` gives to what it loops over."""
    if not isinstance(node, _LOOPS):
        return frozenset()
    intro = next(child for child in node.children if isinstance(child, ForIntroRule | TemplateForStartRule))
    return frozenset(str(one.serialize()) for one in intro.children if isinstance(one, IdentifierRule))


def _iterator_of(block: Block) -> Names:
    """The name that the content of a `dynamic` block calls its element by: its label, or its `iterator`."""
    if block.kind != "dynamic":
        return frozenset()
    named = block.attributes.get("iterator")
    return frozenset([str(named.value.serialize()).strip('${}"') if named else block.labels[0]])


def _in_heredoc(node: HeredocTemplateRule, bound: Names) -> Iterator[Reference]:
    """The parser leaves a heredoc as text: its sequences are parsed as those of a string are."""
    text = "".join(_sequences(str(node.heredoc.value)))
    if text:
        yield from references(hcl2.parses(f'x = "{text}"\n'), bound)


def _sequences(text: str) -> Iterator[str]:
    """Every `${…}` and `%{…}` of a template, escaped ones (`$${`) left out; braces within are counted."""
    for found in re.finditer(r"(?<![$%])[$%]\{", text):
        depth = 0
        for end in range(found.end() - 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                yield text[found.start() : end + 1]
                break
