"""Looks into a lake on this machine as a reader does who merely lists files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.arrow_schema import arrow_schema


def folder_of(uri: str) -> Path:
    """The folder of a `file:` URI."""
    return Path(unquote(urlsplit(uri).path))


def listing(lake_uri: str) -> dict[str, bytes]:
    """Every file of the lake with its content, hidden ones too."""
    root = folder_of(lake_uri)
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def hours(lake_uri: str, table: TableContract) -> list[str]:
    """The partition folders of a table that hold files."""
    root = folder_of(lake_uri) / table.path
    return sorted({path.parent.relative_to(root).as_posix() for path in root.rglob("*.parquet")})


def rows(lake_uri: str, table: TableContract, hour: str = "") -> list[tuple[Any, ...]]:
    """The rows of a table, or of one partition folder, sorted; every file has exactly the table's schema."""
    schema = arrow_schema(table.schema)
    found: list[tuple[Any, ...]] = []
    for path in sorted((folder_of(lake_uri) / table.path / hour).rglob("*.parquet")):
        part = pq.ParquetFile(path).read()
        assert part.schema.equals(schema), part.schema
        found += rows_of(part)
    return sorted(found, key=repr)


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows as tuples."""
    return [tuple(row.values()) for row in table.to_pylist()]


def write_lines(folder: Path, name: str, lines: Sequence[bytes]) -> Path:
    """A file of lines in a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
