"""Writes what a job on Glue 6.0 finds: Glue's own versions, and the locked ones of all that Glue lacks.

    python docker/glue-local/requirements_of_glue.py /folder

Writes `glue.txt` (Glue's list, but for the packages that the project ships in another version) and `rest.txt`
(entries of requirements.lock, with their hashes). Needs nothing but Python.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLUE = ROOT / "scripts/glue_packages"


def canonical(name: str) -> str:
    """The one spelling of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def brought(listed: str, shipped: set[str]) -> dict[str, str]:
    """Glue's packages by name, each as its line, but for those that are shipped all the same."""
    lines = [line for line in listed.splitlines() if line and not line.startswith("#")]
    by_name = {canonical(line.split("==")[0]): line for line in lines}
    return {name: line for name, line in by_name.items() if name not in shipped}


def rest(lock: str, there: set[str]) -> str:
    """The entries of a lock file for packages that are not there."""
    entries = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    return "\n".join(entry for entry in entries if canonical(entry.split("==")[0]) not in there) + "\n"


def main(folder: Path) -> None:
    """Write both files."""
    shipped = set(tomllib.loads((GLUE / "overrides.toml").read_text(encoding="utf-8")))
    of_glue = brought((GLUE / "glue-6.0.txt").read_text(encoding="utf-8"), shipped)
    (folder / "glue.txt").write_text("\n".join(of_glue.values()) + "\n", encoding="utf-8")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (folder / "rest.txt").write_text(rest(lock, set(of_glue)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
