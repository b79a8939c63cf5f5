"""Writes again every file that is derived from the code: `make derive`."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from crawlers import definitions
from glue_jobs import contracts
from glue_jobs.batch import optimizers, schedules
from glue_jobs.contracts import delivery, zones
from glue_jobs.deployment import jobs, policies, tables
from scripts.cost_page import cost_page
from scripts.data_dictionary import data_dictionary
from scripts.job_options import job_options

ROOT = Path(__file__).resolve().parent.parent


def event_contracts() -> Iterator[ModuleType]:
    """The modules of `glue_jobs.contracts` that describe an event, in order of name."""
    for module in sorted(iter_modules(contracts.__path__), key=lambda found: found.name):
        contract = import_module(f"{contracts.__name__}.{module.name}")
        if hasattr(contract, "EVENT"):
            yield contract


DERIVED: Mapping[str, Callable[[], str]] = {
    "docs/data_dictionary.md": lambda: data_dictionary(event_contracts()),
    "docs/job_options.md": job_options,
    "docs/cost.md": cost_page,
    "crawlers/crawlers.json": definitions.as_json,
    "glue_jobs/batch/schedules.json": schedules.as_json,
    "glue_jobs/batch/optimizers.json": optimizers.as_json,
    "glue_jobs/contracts/delivery.json": delivery.as_json,
    "glue_jobs/contracts/zones.json": zones.as_json,
    "glue_jobs/deployment/jobs.json": jobs.as_json,
    "glue_jobs/deployment/tables.json": tables.as_json,
    **{f"terraform/policies/{role}.json": partial(str, text) for role, text in policies.policies().items()},
}
"""The path of each derived file, and the function that gives its text."""


def main() -> None:
    """Write every derived file and say which."""
    for path, text in DERIVED.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text(), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
