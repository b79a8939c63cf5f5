"""The settings of a stack: the defaults of its `variables*.tf`, then what var files and the caller say."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from cost.load import suggestion
from glue_jobs.core.errors import OptionError, SetupError

STACKS = Path(__file__).resolve().parent.parent / "terraform" / "stacks"
NAMES = ("lake", "mobile_coverage", "orders")

Settings: TypeAlias = Mapping[str, Any]


def default_settings(stack: str, stacks: Path = STACKS) -> Settings:
    """The defaults of a stack's variables, by name; those without a default are left out.

    Raises:
        SetupError: the stack is not there.
    """
    files = sorted((stacks / stack).glob("variables*.tf"))
    if not files:
        raise SetupError(f"{stacks / stack}: no variables.tf there; run this from a checkout of the project")
    blocks = [block for file in files for block in read_terraform(file).get("variable", [])]
    variables = {name: block for one in blocks for name, block in one.items()}
    return {name: block["default"] for name, block in variables.items() if "default" in block}


def read_var_file(file: Path) -> Settings:
    """The values of a `.tfvars` or `.tfvars.json`.

    Raises:
        OptionError: it cannot be read.
    """
    try:
        if file.suffix != ".json":
            return read_terraform(file)
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(f"--var_file {file}: {error}") from None
    if not isinstance(told, dict):
        raise OptionError(f"--var_file {file}: got {type(told).__name__}; give an object of values by name")
    return told


def parse_setting(text: str) -> tuple[str, Any]:
    """`shard_count=2` as name and value; what is no number, true, false or null is a text.

    Raises:
        OptionError: there is no `=`.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise OptionError(f"--set: got {text!r}; give name=value, such as shard_count=2")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value.strip()


def overridden(defaults: Mapping[str, Settings], given: Iterable[tuple[str, Any]]) -> dict[str, Settings]:
    """The settings of each stack, with what was given; a name goes to every stack that has it.

    Values have the kind of the default, which Terraform's own conversion would give them.

    Raises:
        OptionError: no stack has the name, or the value is of another kind.
    """
    settings = {stack: dict(values) for stack, values in defaults.items()}
    for name, value in given:
        having = [values for values in settings.values() if name in values]
        if not having:
            known = sorted({known for values in settings.values() for known in values})
            raise OptionError(f"{name}: no chosen stack has this variable; {suggestion(name, known)}")
        for values in having:
            values[name] = _as_kind_of(values[name], name, value)
    return dict(settings)


def _as_kind_of(default: Any, name: str, value: Any) -> Any:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    wanted = kinds.get(type(default))  # a default of null says nothing
    if wanted == "a text":
        value = value if isinstance(value, str) else json.dumps(value)  # the version 6.0 is no number
    if wanted is not None and kinds.get(type(value)) != wanted:
        raise OptionError(f"{name}: got {value!r}; give {wanted}")
    return value


@cache
def read_terraform(file: Path) -> dict[str, Any]:
    """A file in Terraform's language as plain values; an expression is a text `${…}`.

    Raises:
        OptionError: it cannot be read.
    """
    import hcl2
    from lark.exceptions import LarkError

    options = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
    try:
        return hcl2.loads(file.read_text(encoding="utf-8") + "\n", serialization_options=options)
    except (OSError, LarkError) as error:
        raise OptionError(f"{file}: {error}") from None
