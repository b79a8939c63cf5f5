"""Makes the package that Glue installs before a job runs: the project, and what it needs and Glue lacks.

    python -m scripts.package --glue 6.0

Writes var/packages/sluice-glue-<version>.gluewheels.zip. Every wheel of others is one that the lock file
names by its hash. The same files and lock give the same bytes. Exit code 0: it is made. 1: it cannot be.
2: an argument is wrong.
"""

import argparse
import hashlib
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from glue_jobs.core.errors import OptionError, SetupError, SluiceError
from scripts.package.brought import brought_in, overrides, shipped, unmet
from scripts.package.lock import Package, locked_in, needed_by
from scripts.package.own_wheel import build
from scripts.package.target import Target, target_of
from scripts.package.wheels import fetch, requirements_of
from scripts.package.zipped import write_zip

ROOT = Path(__file__).resolve().parent.parent.parent


def needed(target: Target) -> list[Package]:
    """All that the jobs import, and what that needs, as locked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = locked_in((ROOT / target.lock).read_text(encoding="utf-8"))
    return needed_by(project["dependencies"], locked, target)


def make(target: Target, folder: Path) -> tuple[Path, int]:
    """Write the package into the folder; its path and the number of its wheels.

    Raises:
        SetupError: a wheel cannot be had or built, or something would be missing on Glue.
    """
    wanted = needed(target)
    brought = brought_in(target.brought.read_text(encoding="utf-8"))
    path = folder / f"sluice-glue-{target.glue}.gluewheels.zip"
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as collected:
        fetch(shipped(wanted, brought, overrides()), target, Path(collected))
        build(ROOT, Path(work), Path(collected))
        wheels = sorted(Path(collected).glob("*.whl"))
        _complete(wheels, brought | {one.name: one.version for one in wanted}, target)
        write_zip(path, wheels)
    return path, len(wheels)


def _complete(wheels: Sequence[Path], there: dict[str, str], target: Target) -> None:
    """Glue installs with --no-deps, so what is missing would be missed by a job, not by pip."""
    asked = {wheel.name: requirements_of(wheel) for wheel in wheels}
    missing = unmet(asked, there, target.markers)
    if missing:
        raise SetupError(f"{target.lock} does not fit together: {'; '.join(missing)}; run `make lock`")


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.package",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--glue", default="6.0", help="version of Glue: 6.0 or 5.1 (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=ROOT / "var/packages", help="folder to write to")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Make the package and say what it is; the exit code."""
    arguments = _parsed(argv)
    try:
        path, wheels = make(target_of(arguments.glue), arguments.output)
    except SluiceError as error:
        print(f"package: {error}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    content = path.read_bytes()
    print(f"package: {path}: {len(content) / 1e6:.1f} MB, {wheels} wheels")
    print(f"package: SHA-256 {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
