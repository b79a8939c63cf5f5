"""The folder table: what each folder may import, where import-linter (see pyproject.toml) cannot say it.

A rule is a function of one file, its path and its source; it gives what is wrong, in words.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

Rule: TypeAlias = Callable[[str, str], list[str]]

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "glue_jobs",
    "crawlers",
    "producers",
    "laptop",
    "cost",
    "cli",
    "benchmarks",
    "scripts",
    "docker",
    "tests",
)
BEHIND_THE_SEAM = tuple(f"glue_jobs/core/{part}" for part in ("storage.py", "s3_", "catalog.py", "sources/"))
JOBS = ("glue_jobs/streaming/", "glue_jobs/batch/")
LONGEST_FILE = 250


def our_sources() -> dict[str, str]:
    """Every Python file of the project: its path from the root, and its source."""
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}


def imports(source: str) -> Iterator[str]:
    """Every module that the source imports, and every `module.name` it imports from one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, package: str) -> bool:
    """Whether a dotted name is the package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def imported_within(source: str, *packages: str) -> list[str]:
    """What the source imports of these packages."""
    return [module for module in imports(source) if any(is_within(module, package) for package in packages)]


def awsglue_only_in_runtime(path: str, source: str) -> list[str]:
    """Only one module knows that Glue exists."""
    knows = (
        "glue_jobs/core/runtime.py",
        "tests/",
        "benchmarks/job_on_glue.py",
    )  # the last stands in for Glue
    return [] if path.startswith(knows) else imported_within(source, "awsglue")


def aws_calls_behind_the_seam(path: str, source: str) -> list[str]:
    """AWS is known to storage, catalogue and sources; what fails there has an error of ours."""
    if not path.startswith("glue_jobs/") or path.startswith(BEHIND_THE_SEAM):
        return []
    return imported_within(source, "boto3", "botocore")


def contracts_import_types_only(path: str, source: str) -> list[str]:
    """A contract imports the types, the standard library and other contracts."""
    if not path.startswith("glue_jobs/contracts/"):
        return []
    allowed = ("pyspark.sql.types", "glue_jobs.contracts", *sys.stdlib_module_names)
    return [module for module in imports(source) if not any(is_within(module, one) for one in allowed)]


def jobs_never_import_each_other(path: str, source: str) -> list[str]:
    """What two jobs share lives in core."""
    if not path.startswith(JOBS):
        return []
    return imported_within(source, "glue_jobs.streaming", "glue_jobs.batch")


def laptop_is_not_for_production(path: str, source: str) -> list[str]:
    """Nothing that runs in production imports what stands in for AWS."""
    allowed = ("laptop/", "cli/", "benchmarks/", "tests/")
    return [] if path.startswith(allowed) else imported_within(source, "laptop")


def nothing_imports_cli(path: str, source: str) -> list[str]:
    """The command is on top."""
    return [] if path.startswith(("cli/", "tests/")) else imported_within(source, "cli")


def everything_runs_on_python_3_11(path: str, source: str) -> list[str]:
    """Glue 5.1 runs the jobs on Python 3.11, and the tests, which import all the rest, run there, too."""
    try:
        ast.parse(source, feature_version=(3, 11))
    except SyntaxError as error:
        return [f"line {error.lineno}: {error.msg}"]
    return []


def files_are_short(path: str, source: str) -> list[str]:
    """A file holds one idea."""
    lines = source.count("\n")
    return [f"{lines} lines"] if lines > LONGEST_FILE else []


def files_are_named_for_a_thing(path: str, source: str) -> list[str]:
    """A file is named for what it is about."""
    return [path] if Path(path).stem in {"utils", "util", "helpers", "misc", "common"} else []


BROKEN: Mapping[Rule, tuple[str, str]] = {
    awsglue_only_in_runtime: ("glue_jobs/core/options.py", "from awsglue.utils import getResolvedOptions"),
    aws_calls_behind_the_seam: ("glue_jobs/core/sink.py", "def write():\n    import boto3"),
    contracts_import_types_only: ("glue_jobs/contracts/orders.py", "from pyspark.sql import SparkSession"),
    jobs_never_import_each_other: ("glue_jobs/batch/orders.py", "import glue_jobs.streaming.mobile_coverage"),
    laptop_is_not_for_production: ("producers/sender.py", "from laptop import embedded_aws"),
    nothing_imports_cli: ("laptop/demo.py", "from cli.main import main"),
    everything_runs_on_python_3_11: ("glue_jobs/core/sink.py", "type Path = str"),
    files_are_short: ("cli/main.py", "\n" * (LONGEST_FILE + 1)),
    files_are_named_for_a_thing: ("laptop/utils.py", ""),
}
"""Every rule, with a file that breaks it."""


def rule_name(rule: object) -> str:
    """The name of a rule, for the test report."""
    return getattr(rule, "__name__", "")


@pytest.mark.parametrize("rule", BROKEN, ids=rule_name)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    """No file of the project breaks a rule of the folder table."""
    broken = {path: rule(path, source) for path, source in our_sources().items()}
    assert {path: wrong for path, wrong in broken.items() if wrong} == {}


@pytest.mark.parametrize("rule", BROKEN, ids=rule_name)
def test_the_rule_finds_a_file_that_breaks_it(rule: Rule) -> None:
    """Each rule can fail: it objects to a file made to break it."""
    assert rule(*BROKEN[rule]) != []


def spark_parts(sources: Mapping[str, str]) -> set[str]:
    """The modules of `core` that import Spark beyond its types, themselves or through another of `core`."""
    core = {path[:-3].replace("/", "."): set(imports(source)) for path, source in sources.items()}
    core = {name: found for name, found in core.items() if is_within(name, "glue_jobs.core")}
    parts: set[str] = set()
    while True:
        more = {name for name, found in core.items() if any(map(_is_spark, found)) or found & parts}
        if more == parts:
            return parts
        parts = more


def _is_spark(module: str) -> bool:
    """Whether the import needs more of Spark than its types."""
    return is_within(module, "pyspark") and not is_within(module, "pyspark.sql.types")


def producers_of_spark(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """The files of `producers/` that import a Spark part of `core`, each with those it imports."""
    parts = spark_parts(sources)
    found = {path: set(imports(source)) & parts for path, source in sources.items()}
    return {path: modules for path, modules in found.items() if path.startswith("producers/") and modules}


def test_producers_run_without_spark() -> None:
    """A producer imports no part of `core` that would load Spark."""
    assert producers_of_spark(our_sources()) == {}


def test_a_producer_that_loads_spark_is_found() -> None:
    """The rule above can fail, also where Spark hides behind a second module."""
    sources = {
        "glue_jobs/core/windows.py": "from pyspark.sql import functions",
        "glue_jobs/core/rows.py": "from glue_jobs.core.windows import by_window",
        "glue_jobs/core/errors.py": "from pyspark.sql.types import StructType",
        "producers/sender.py": "from glue_jobs.core import rows, errors",
    }
    assert producers_of_spark(sources) == {"producers/sender.py": {"glue_jobs.core.rows"}}
