"""Every lock file holds what was asked for, with hashes and without addresses."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def listed_in(requirements: str) -> list[str]:
    """The requirements of an `.in` file, without its comments."""
    lines = (line.split("#")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line]


def locked_in(lock: str) -> dict[str, str]:
    """The version of every package in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, flags=re.MULTILINE))


def missing(wanted: Iterable[str], lock: str) -> list[str]:
    """What is asked for and not in the lock file, or there in another version."""
    locked = locked_in(lock)
    return [text for text in wanted if not _is_locked(Requirement(text), locked)]


def _is_locked(wanted: Requirement, locked: dict[str, str]) -> bool:
    name = canonicalize_name(wanted.name)
    return name in locked and locked[name] in wanted.specifier


WANTED = {
    "requirements.lock": [
        *PROJECT["project"]["dependencies"],
        *(one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra),
        *PROJECT["dependency-groups"]["dev"],
    ],
    **{
        f"requirements-{name}.lock": listed_in((ROOT / f"requirements-{name}.in").read_text(encoding="utf-8"))
        for name in ("glue5", "build", "checkov", "bindings")
    },
}


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_file_holds_what_was_asked_for(lock: str) -> None:
    """A dependency that was added or changed is locked anew (`make lock`)."""
    assert missing(WANTED[lock], (ROOT / lock).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_file_has_hashes_and_no_address(lock: str) -> None:
    """Every package can be checked, and comes from whichever index the user has."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert "://" not in text


def test_what_is_missing_from_a_lock_file_is_found() -> None:
    """The checks above can fail: on a package that is not there, and on one in another version."""
    lock = "boto3==1.42.84 \\\n    --hash=sha256:00\nmoto==5.2.5 \\\n    --hash=sha256:00\n"
    assert missing(["boto3==1.42.84", "moto[server]", "Rich", "moto>=6"], lock) == ["Rich", "moto>=6"]
