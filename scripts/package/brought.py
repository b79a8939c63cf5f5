"""What Glue brings of itself, and so is left out of the package."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glue_jobs.core.errors import SetupError
from scripts.package.lock import Package
from scripts.package.target import LISTS

SPARK = frozenset({"pyspark", "py4j"})
"""The engine is always Glue's own, whatever its build is called."""


def brought_in(text: str) -> dict[str, str]:
    """The version of each package in a list of what Glue brings."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): version for name, version in pairs}


def overrides() -> dict[str, str]:
    """The packages that are shipped though Glue brings another version, each with the reason."""
    return tomllib.loads((LISTS / "overrides.toml").read_text(encoding="utf-8"))


def shipped(
    needed: Iterable[Package], brought: Mapping[str, str], overridden: Iterable[str]
) -> Sequence[Package]:
    """Those of the needed packages that Glue does not bring.

    Raises:
        SetupError: Glue brings another version of one, and nobody has said that this is meant.
    """
    ours = [one for one in needed if one.name not in SPARK and brought.get(one.name) != one.version]
    strange = [one for one in ours if one.name in brought and one.name not in set(overridden)]
    if strange:
        told = ", ".join(f"{one.name} {brought[one.name]} (locked: {one.version})" for one in strange)
        raise SetupError(
            f"Glue brings {told}; lock Glue's version, or name the package with a reason "
            "in scripts/glue_packages/overrides.toml"
        )
    return ours


def unmet(
    requirements: Mapping[str, Sequence[str]], there: Mapping[str, str], env: dict[str, str]
) -> list[str]:
    """What wheels ask for (by wheel, as their metadata say) and neither package nor Glue has."""
    asked = [(wheel, Requirement(text)) for wheel, texts in requirements.items() for text in texts]
    return [
        f"{wheel} asks for {one}, and there is {there.get(canonicalize_name(one.name), 'none')}"
        for wheel, one in asked
        if (one.marker is None or one.marker.evaluate(env)) and not _is_met(one, there)
    ]


def _is_met(wanted: Requirement, there: Mapping[str, str]) -> bool:
    version = there.get(canonicalize_name(wanted.name))
    return version is not None and wanted.specifier.contains(version, prereleases=True)
