"""Builds the project's own wheel, with what jobs need of it and nothing else.

It is built of a copy: the laptop's folders and its command stay out, and so does the demand for Python 3.13,
for on Glue 5.1 the jobs run on 3.11. Bytes depend on the files alone, not on when or where it is built.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from glue_jobs.core.errors import SetupError

FOLDERS = ("glue_jobs", "crawlers")
EPOCH = "315532800"
"""1980-01-01 in Unix seconds, the first moment that a zip can tell of."""

_SECONDS = 300


def build(root: Path, work: Path, out: Path) -> None:
    """Put the wheel into the folder `out`; `work` is an empty folder to build in.

    Raises:
        SetupError: it cannot be built, as where setuptools cannot be had.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    _copy(root, work, project)
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", str(out)]
    command += ["--require-hashes", "--build-constraints", str(root / "requirements-build.lock"), str(work)]
    same = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, env=same, umask=0o022
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"uv, which `make setup` installs, did not end well: {error}") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or "it said nothing"
        raise SetupError(f"uv could not build the project's wheel: {said}")
    (out / ".gitignore").unlink(missing_ok=True)


def _copy(root: Path, work: Path, project: dict[str, Any]) -> None:
    kinds = {Path(one).suffix for one in project["tool"]["setuptools"]["package-data"]["*"]} | {".py"}
    found = [one for folder in FOLDERS for one in (root / folder).rglob("*") if one.suffix in kinds]
    for source in [*found, *(root / name for name in project["project"]["license-files"])]:
        copy = work / source.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
        copy.chmod(0o644)
    (work / "pyproject.toml").write_text(_pyproject(project), encoding="utf-8")


def _pyproject(of: dict[str, Any]) -> str:
    """The project as Glue needs it: no dependencies, for the package brings them."""
    keys = ("name", "version", "description", "license", "license-files")
    about = "".join(f"{key} = {json.dumps(of['project'][key])}\n" for key in keys)
    system = "".join(f"{key} = {json.dumps(value)}\n" for key, value in of["build-system"].items())
    data = "".join(
        f"{json.dumps(key)} = {json.dumps(value)}\n"
        for key, value in of["tool"]["setuptools"]["package-data"].items()
    )
    include = json.dumps([f"{folder}*" for folder in FOLDERS])
    return (
        f'[project]\n{about}requires-python = ">=3.11"\n\n[build-system]\n{system}\n'
        f"[tool.setuptools.packages.find]\ninclude = {include}\n\n[tool.setuptools.package-data]\n{data}"
    )
