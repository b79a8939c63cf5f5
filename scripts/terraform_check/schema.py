"""Whether resources and data sources have the arguments that the provider takes, and what is read of them.

Values and the expressions in them are for `terraform validate`, which needs the provider itself.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from scripts.terraform_check.bindings import Arguments, Bindings, Schema
from scripts.terraform_check.blocks import Attribute, Block, Finding, Folder
from scripts.terraform_check.expressions import Reference, block_references

_OF_EVERY_RESOURCE = {"count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"}
_SECTIONS = ("resource", "data")


def findings(folder: Folder, bindings: Bindings) -> Iterator[Finding]:
    """All that is wrong in a folder, as far as the bindings tell."""
    yield from takes_what_is_given(folder, bindings)
    yield from gives_what_is_read(folder, bindings)


def takes_what_is_given(folder: Folder, bindings: Bindings) -> Iterator[Finding]:
    """The arguments and blocks of every resource and data source are those of the provider."""
    for block in [block for block in folder.blocks if _is_of_aws(block)]:
        schema = bindings.schema(block.kind, block.labels[0])
        where = ".".join(block.labels)
        if schema is None:
            yield block.finding(f"{where}: the provider has no {block.kind} of the type {block.labels[0]}")
        else:
            yield from _in_block(_without_meta(block), schema, schema.main, where)


def _is_of_aws(block: Block) -> bool:
    return block.kind in _SECTIONS and block.labels[0].startswith("aws_")


def _without_meta(block: Block) -> Block:
    attributes = {name: one for name, one in block.attributes.items() if name not in _OF_EVERY_RESOURCE}
    blocks = tuple(one for one in block.blocks if one.kind not in _OF_EVERY_RESOURCE)
    return replace(block, attributes=attributes, blocks=blocks)


def _in_block(block: Block, schema: Schema, of: str, where: str) -> Iterator[Finding]:
    arguments = schema.arguments(of)
    given = [(_kind(inner), inner) for inner in block.blocks]
    for attribute in block.attributes.values():
        yield from _as_attribute(block, attribute, arguments, where)
    for kind, inner in given:
        yield from _as_block(kind, inner, arguments, schema, where)
    yield from _counted(block, arguments, where)
    names = {*block.attributes, *(kind for kind, _ in given)}
    for argument in arguments.values():
        if argument.required and argument.name not in names:
            yield block.finding(f"{where}: the required argument {argument.name!r} is missing")


def _kind(block: Block) -> str:
    """The block that it is or, for a `dynamic` one, makes."""
    return block.labels[0] if block.kind == "dynamic" else block.kind


def _as_attribute(block: Block, given: Attribute, arguments: Arguments, where: str) -> Iterator[Finding]:
    argument = arguments.get(given.name)
    if argument is None:
        yield block.finding(f"{where}: the provider has no argument {given.name!r}", given.line)
    elif argument.is_block:
        yield block.finding(f"{where}: {given.name!r} is a block; leave out the equals sign", given.line)


def _as_block(kind: str, block: Block, arguments: Arguments, schema: Schema, where: str) -> Iterator[Finding]:
    argument = arguments.get(kind)
    if argument is None:
        yield block.finding(f"{where}: the provider has no block {kind!r}")
    elif argument.nested is None:
        yield block.finding(f"{where}: {kind!r} is an argument; give it with an equals sign")
    else:
        contents = block.blocks if block.kind == "dynamic" else (block,)
        for content in contents:
            yield from _in_block(content, schema, argument.nested, f"{where}.{kind}")


def _counted(block: Block, arguments: Arguments, where: str) -> Iterator[Finding]:
    """A block that may be given once is; how many a `dynamic` one makes is not known here."""
    counts = Counter(inner.kind for inner in block.blocks)
    for kind, count in counts.items():
        if count > 1 and kind in arguments and arguments[kind].is_single:
            yield block.finding(f"{where}: the block {kind!r} is given {count} times, one is allowed")


def gives_what_is_read(folder: Folder, bindings: Bindings) -> Iterator[Finding]:
    """What is read of a resource or data source is an attribute that it has."""
    for block in folder.blocks:
        for one in block_references(block):
            section, kind, attribute = _read(one)
            schema = bindings.schema(section, kind) if attribute else None
            if schema is not None and not schema.gives(attribute):
                yield block.finding(f"{one}: {kind} has no attribute {attribute!r}", one.line)


def _read(one: Reference) -> tuple[str, str, str]:
    """Section, type and attribute of what is read, as `aws_t.n.attribute` does; no attribute, if none is."""
    names = one.names[1:] if one.names[0] == "data" else one.names
    section = "data" if one.names[0] == "data" else "resource"
    is_read = names[0].startswith("aws_") and len(names) > 2
    return section, names[0], names[2] if is_read else ""
