"""The versions of Glue that a package can be made for, and what each of them runs on."""

from dataclasses import dataclass
from pathlib import Path

from glue_jobs.core.errors import OptionError

LISTS = Path(__file__).resolve().parent.parent / "glue_packages"
"""The folder that says what Glue brings."""

GLIBC = 34
"""Glue 5.1 and 6.0 run on Amazon Linux 2023, which has glibc 2.34 (developer guide, Python libraries)."""

PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 16, -1)), "manylinux2014_x86_64")
"""Tags of the wheels that run there, the newest first; pip takes manylinux2014 for all older ones, too."""


@dataclass(frozen=True)
class Target:
    """A version of Glue: its Python, and the lock file that is made for it."""

    glue: str
    python: str
    lock: str

    @property
    def brought(self) -> Path:
        """The list of the packages that this Glue brings."""
        return LISTS / f"glue-{self.glue}.txt"

    @property
    def markers(self) -> dict[str, str]:
        """The environment that markers of requirements ask for."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }


TARGETS = (Target("6.0", "3.13", "requirements.lock"), Target("5.1", "3.11", "requirements-glue5.lock"))


def target_of(glue: str) -> Target:
    """The target of this version of Glue.

    Raises:
        OptionError: no package is made for it.
    """
    for target in TARGETS:
        if target.glue == glue:
            return target
    known = " or ".join(target.glue for target in TARGETS)
    raise OptionError(f"--glue: no package is made for Glue {glue!r}; give {known}")
