"""Names of source files: below their folder, and as Spark can read them."""

from glue_jobs.core.errors import SourceError

_MISREAD = set("*?[]{}\\:")
"""Spark takes the name of each file it has found for a pattern again, and reads whatever else matches it too;
a colon it cannot read at all."""


def path_below(root: str, path: str) -> str:
    """The part of `path` below the folder `root`, each with a scheme and as many slashes as it likes."""
    return _bare(path).removeprefix(f"{_bare(root)}/")


def _bare(path: str) -> str:
    return path.partition(":")[2].lstrip("/")


def refuse_misread(source_path: str, name: str) -> None:
    """Raise SourceError for a name that Spark would misread."""
    if _MISREAD & set(name):
        raise SourceError(
            f"--source_path: {source_path} holds {name!r}; rename it without any of * ? [ ] {{ }} \\ :"
        )
