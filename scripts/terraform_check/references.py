"""Whether what the Terraform of a folder refers to is declared, and what it declares is used.

A rule is a function of one folder; it gives what is wrong. Modules are looked up by their relative source.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from scripts.terraform_check.blocks import Block, Finding, Folder, folder_at, literal
from scripts.terraform_check.expressions import Reference, block_references

Address: TypeAlias = tuple[str, ...]
Rule: TypeAlias = Callable[[Folder], Iterator[Finding]]

_ALWAYS_THERE = {"path", "terraform", "self"}
_OF_CALLS = {"source", "version", "count", "for_each", "providers", "depends_on"}
_OF_THE_PAST = {"moved", "removed"}
"""Blocks that name what is no longer declared."""


def declarations(block: Block) -> list[tuple[Address, int]]:
    """What a top block declares, as it is referred to, each with its line."""
    match block.kind:
        case "locals":
            return [(("local", one.name), one.line) for one in block.attributes.values()]
        case "variable":
            return [(("var", *block.labels), block.line)]
        case "resource":
            return [(block.labels, block.line)]
        case "data" | "module" | "output":
            return [((block.kind, *block.labels), block.line)]
    return []


def address_of(reference: Reference) -> Address:
    """The declaration that a reference needs."""
    return reference.names[: 3 if reference.names[0] == "data" else 2]


def declared_once(folder: Folder) -> Iterator[Finding]:
    """Nothing is declared twice in the files of a folder."""
    seen: Counter[Address] = Counter()
    for block in folder.blocks:
        for address, line in declarations(block):
            seen[address] += 1
            if seen[address] > 1:
                yield block.finding(f"{'.'.join(address)} is declared twice; rename or remove it", line)


def refers_to_what_is_declared(folder: Folder) -> Iterator[Finding]:
    """Every reference has its declaration; `each` and `count` stand where there is `for_each` or `count`."""
    declared = {address for block in folder.blocks for address, _ in declarations(block)}
    for block in folder.blocks:
        known = _ALWAYS_THERE | _loops_of(block)
        for one in () if block.kind in _OF_THE_PAST else block_references(block):
            if one.names[0] not in known and address_of(one) not in declared:
                yield block.finding(_undeclared(one), one.line)


def _loops_of(block: Block) -> set[str]:
    given = {"for_each": "each", "count": "count"}
    return {name for attribute, name in given.items() if attribute in block.attributes}


def _undeclared(one: Reference) -> str:
    if len(one.names) == 1:
        return f"{one} stands alone and refers to nothing; name what it is of, or quote it"
    if one.names[0] in ("each", "count"):
        return f"{one} is used where no {'for_each' if one.names[0] == 'each' else 'count'} is given"
    return f"{'.'.join(address_of(one))} is not declared in this folder"


def uses_what_it_declares(folder: Folder) -> Iterator[Finding]:
    """Every variable and local is used by something other than itself."""
    used = {address for block in folder.blocks for address in _used_by(block)}
    for block in [*folder.of("variable"), *folder.of("locals")]:
        for address, line in declarations(block):
            if address not in used:
                yield block.finding(f"{'.'.join(address)} is not used; remove it", line)


def _used_by(block: Block) -> set[Address]:
    itself = declarations(block)[0][0] if block.kind == "variable" else ()
    return {address_of(one) for one in block_references(block)} - {itself}


def calls_modules_as_they_are(folder: Folder) -> Iterator[Finding]:
    """A call gives what the module requires and nothing that it lacks, and reads only outputs that it has."""
    for call in folder.of("module"):
        module = _called(folder, call)
        if module is None:
            yield call.finding(f"module.{call.labels[0]}: its source is no module here; give a relative path")
            continue
        yield from _inputs(call, module)
        yield from _outputs(call, module, folder)


def _called(folder: Folder, call: Block) -> Folder | None:
    """The folder of the module that is called, None where it is none of the project's."""
    given = call.attributes.get("source")
    source = literal(given.value) if given else None
    if source is None or not source.startswith(("./", "../")):
        return None
    module = folder_at((folder.path / source).resolve())
    return module if module.files else None


def _inputs(call: Block, module: Folder) -> Iterator[Finding]:
    variables = {one.labels[0]: one for one in module.of("variable")}
    name_of_call = f"module.{call.labels[0]}"
    for name, attribute in call.attributes.items():
        if name not in variables and name not in _OF_CALLS:
            yield call.finding(f"{name_of_call}: {name!r} is no variable of the module", attribute.line)
    for name, variable in variables.items():
        if "default" not in variable.attributes and name not in call.attributes:
            yield call.finding(f"{name_of_call}: {name!r} is required and not given")


def _outputs(call: Block, module: Folder, folder: Folder) -> Iterator[Finding]:
    outputs = {one.labels[0] for one in module.of("output")}
    for block in folder.blocks:
        for one in block_references(block):
            of_call = one.names[:2] == ("module", *call.labels)
            if of_call and len(one.names) > 2 and one.names[2] not in outputs:
                yield block.finding(f"{'.'.join(one.names[:3])}: the module has no such output", one.line)


RULES: tuple[Rule, ...] = (
    declared_once,
    refers_to_what_is_declared,
    uses_what_it_declares,
    calls_modules_as_they_are,
)
