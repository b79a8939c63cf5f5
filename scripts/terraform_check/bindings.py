"""What Terraform's AWS provider takes and gives, read from the bindings that are generated from its schema.

The wheel has a folder for each resource and data source, in it one class for the whole and one for each
nested block. The keyword-only parameters of a class are the arguments of the schema; one without a default is
required. Its documentation links each argument by its name in Terraform, and says which are blocks. A nested
class in a sequence may be given more than once, any other only once. The properties of the class of the whole
are what can be read of it. All is read as text; nothing of the wheel is imported.
"""

import ast
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TypeAlias

_PACKAGE = "cdktf_cdktf_provider_aws"
_LINK = re.compile(r":param (\w+): (\w+ block\.)?.*?\{@link \S+#(\w+) ")


@dataclass(frozen=True)
class Argument:
    """An argument as Terraform names it; `nested` is the class of what it holds, where that has a schema."""

    name: str
    required: bool
    is_block: bool
    nested: str | None
    is_single: bool


Arguments: TypeAlias = dict[str, Argument]


@dataclass(frozen=True)
class Schema:
    """A resource or data source: the arguments of each of its classes, by the class, and what can be read."""

    main: str
    source: ast.Module

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in self.source.body if isinstance(node, ast.ClassDef)}

    def arguments(self, name: str) -> Arguments:
        """The arguments of a class."""
        found = [_argument(parameter, self.classes) for parameter in _parameters(self.classes[name])]
        return {argument.name: argument for argument in found}

    def gives(self, attribute: str) -> bool:
        """Whether the whole has an attribute to be read."""
        return _around_digits(attribute) in self._attributes

    @cached_property
    def _attributes(self) -> set[str]:
        """Every attribute, in Terraform's spelling but for digits: only arguments tell that one."""
        spelling = {parameter.arg.arg: parameter.name for parameter in _parameters(self.classes[self.main])}
        names = {node.name for node in _methods(self.classes[self.main]) if _is_property(node)}
        return {_around_digits(spelling.get(name, name.strip("_"))) for name in names} | {"id"}


@dataclass(frozen=True)
class _Parameter:
    """A keyword-only parameter of a class's `__init__`, with what its documentation says."""

    arg: ast.arg
    name: str
    required: bool
    is_block: bool


class Bindings:
    """The wheel of the bindings."""

    def __init__(self, wheel: Path) -> None:
        self._wheel = zipfile.ZipFile(wheel)
        paths = [path.split("/") for path in self._wheel.namelist() if path.startswith(f"{_PACKAGE}/")]
        self._folders = {_squashed(path[1]): path[1] for path in paths if len(path) == 3}

    @cache  # noqa: B019 - there is one for as long as the check runs
    def schema(self, section: str, kind: str) -> Schema | None:
        """That of a `resource` or `data` of a type such as `aws_s3_bucket`; None where there is none."""
        name = kind if section == "data" else kind.removeprefix("aws_")
        folder = self._folders.get(_squashed(f"data_{name}" if section == "data" else name))
        if folder is None:
            return None
        source = ast.parse(self._wheel.read(f"{_PACKAGE}/{folder}/__init__.py"))
        classes = [node for node in source.body if isinstance(node, ast.ClassDef)]
        return Schema(next(node.name for node in classes if _is_main(node)), source)


def _squashed(name: str) -> str:
    """The bindings have `s3_control` where Terraform has `s3control`."""
    return name.replace("_", "")


def _around_digits(name: str) -> str:
    """The bindings have `checksum_crc32_c` where Terraform has `checksum_crc32c`."""
    return re.sub(r"_?(\d+)_?", r"\1", name)


def _is_main(node: ast.ClassDef) -> bool:
    bases = [base.attr for base in node.bases if isinstance(base, ast.Attribute)]
    return bool({"TerraformResource", "TerraformDataSource"} & set(bases))


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [item for item in node.body if isinstance(item, ast.FunctionDef)]


def _is_property(node: ast.FunctionDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return "builtins.property" in decorators and not node.name.endswith("_input")


def _parameters(node: ast.ClassDef) -> Iterator[_Parameter]:
    """Those of the schema, which are the ones with a link: not what Terraform adds to every resource."""
    init = next(item for item in _methods(node) if item.name == "__init__")
    links = {found[1]: found for found in _LINK.finditer(ast.get_docstring(init) or "")}
    for arg, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        link = links.get(arg.arg)
        if link is not None:
            yield _Parameter(arg, link[3], default is None, link[2] is not None)


def _argument(parameter: _Parameter, classes: dict[str, ast.ClassDef]) -> Argument:
    told = ast.unparse(parameter.arg.annotation) if parameter.arg.annotation else ""
    nested = next((name for name in re.findall(r"\w+", told) if name in classes), None)
    is_single = nested is not None and "typing.Sequence" not in told
    return Argument(parameter.name, parameter.required, parameter.is_block, nested, is_single)
