"""A zip of wheels as Glue takes it: `wheels/requirements.txt` and `wheels/*.whl` (its guide, appendix A)."""

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from scripts.package.wheels import named

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = 0o100644


def write_zip(path: Path, wheels: Iterable[Path]) -> None:
    """Write the zip; the same wheels give the same bytes. It appears whole or not at all."""
    found = sorted(wheels, key=lambda wheel: wheel.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with ZipFile(draft, "w") as content:
        content.writestr(_entry("requirements.txt"), _requirements(found))
        for wheel in found:
            content.writestr(_entry(wheel.name), wheel.read_bytes())
    draft.replace(path)


def _requirements(wheels: Iterable[Path]) -> str:
    return "".join(sorted(f"{name}=={version}\n" for name, version in map(named, wheels)))


def _entry(name: str) -> ZipInfo:
    """An entry that tells neither when nor where it was written; wheels are compressed already."""
    entry = ZipInfo(f"wheels/{name}", _FIRST_DAY)
    entry.compress_type = ZIP_STORED
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE << 16
    return entry
