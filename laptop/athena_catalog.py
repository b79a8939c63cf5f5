"""The tables of the Glue catalogue as Arrow datasets: what Athena would read, and nothing else."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
from botocore.exceptions import BotoCoreError, ClientError
from pyarrow.fs import LocalFileSystem

from glue_jobs.core.errors import CatalogError
from glue_jobs.core.storage import LocalStorage
from laptop.athena_types import arrow_type

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

_PARQUET = ds.ParquetFileFormat()
_DISK = LocalFileSystem()

Column: TypeAlias = tuple[str, str, str]


class AthenaCatalog:
    """Databases, tables and partitions, asked of Glue when needed."""

    def __init__(self, client: "GlueClient") -> None:
        self._client = client

    def table_names(self, database: str) -> list[str]:
        """The tables of a database, in order.

        Raises:
            CatalogError: there is no such database.
        """
        try:
            pages = self._client.get_paginator("get_tables").paginate(DatabaseName=database)
            return sorted(table["Name"] for page in pages for table in page["TableList"])
        except self._client.exceptions.EntityNotFoundException as error:
            known = ", ".join(sorted(self._database_names())) or "none, `sluice crawl` fills the catalogue"
            raise CatalogError(f"unknown database {database!r}; there are: {known}") from error
        except (BotoCoreError, ClientError) as error:
            raise CatalogError(f"database {database!r}: the Glue catalogue refused: {error}") from error

    def _database_names(self) -> Iterator[str]:
        for page in self._client.get_paginator("get_databases").paginate():
            for database in page["DatabaseList"]:
                yield database["Name"]

    def columns(self, database: str, table: str) -> tuple[list[Column], list[Column]]:
        """(name, type, comment) of the columns in the files, and of the partition keys."""
        found = self.table(database, table)
        return _columns(found["StorageDescriptor"]["Columns"]), _columns(found.get("PartitionKeys", []))

    def partitions(self, database: str, table: str) -> list[tuple[list[str], str]]:
        """(values, location) of every registered partition.

        Raises:
            CatalogError: there is no such table.
        """
        self.table(database, table)
        try:
            pages = self._client.get_paginator("get_partitions").paginate(
                DatabaseName=database, TableName=table
            )
            return [
                (found["Values"], found["StorageDescriptor"]["Location"])
                for page in pages
                for found in page["Partitions"]
            ]
        except (BotoCoreError, ClientError) as error:
            raise CatalogError(f"table {database}.{table}: the Glue catalogue refused: {error}") from error

    def dataset(self, database: str, table: str) -> ds.Dataset:
        """The rows of a table; the catalogue says which columns, of which types, in which folders."""
        columns, keys = self.columns(database, table)
        schema = pa.schema([pa.field(name, arrow_type(glue_type)) for name, glue_type, _ in columns + keys])
        key_fields = [schema.field(name) for name, _, _ in keys]
        fragments = [
            _PARQUET.make_fragment(str(file), _DISK, partition_expression=condition)
            for condition, folder in self._folders(database, table, key_fields)
            for file in visible_files(folder)
        ]
        return ds.FileSystemDataset(fragments, schema, _PARQUET, _DISK)

    def _folders(
        self, database: str, table: str, keys: list[pa.Field]
    ) -> Iterator[tuple[ds.Expression, Path]]:
        if not keys:
            yield ds.scalar(True), local_folder(self.table(database, table)["StorageDescriptor"]["Location"])
            return
        for values, location in self.partitions(database, table):
            yield _condition(keys, values), local_folder(location)

    def table(self, database: str, table: str) -> Any:
        """What Glue knows of a table.

        Raises:
            CatalogError: there is no such table.
        """
        names = self.table_names(database)
        if table not in names:
            known = ", ".join(names) or "none, `sluice crawl` registers them"
            raise CatalogError(f"unknown table {table!r} in {database}; there are: {known}")
        try:
            return self._client.get_table(DatabaseName=database, Name=table)["Table"]
        except (BotoCoreError, ClientError) as error:
            raise CatalogError(f"table {database}.{table}: the Glue catalogue refused: {error}") from error


def _columns(found: Any) -> list[Column]:
    """Those that the table has now: Iceberg leaves in the catalogue what it once had."""
    return [
        (column["Name"], column["Type"], column.get("Comment", ""))
        for column in found
        if column.get("Parameters", {}).get("iceberg.field.current") != "false"
    ]


def _condition(keys: list[pa.Field], values: list[str]) -> ds.Expression:
    """What holds for every row of a partition: each key has its value, of the key's type."""
    pairs = zip(keys, values, strict=True)
    return reduce(
        and_, [ds.field(key.name) == pa.scalar(_typed(value, key), key.type) for key, value in pairs]
    )


def _typed(value: str, key: pa.Field) -> Any:
    try:
        if pa.types.is_date(key.type):
            return date.fromisoformat(value)
        if pa.types.is_decimal(key.type):
            return Decimal(value)
        return pa.scalar(value).cast(key.type).as_py()
    except (ValueError, ArithmeticError) as error:
        raise CatalogError(f"partition {key.name}={value}: the value is no {key.type}") from error


def local_folder(location: str) -> Path:
    """The folder of a `file:///…` location.

    Raises:
        CatalogError: the location is elsewhere.
    """
    if urlsplit(location).scheme != "file":
        raise CatalogError(f"{location}: only tables on this machine, file:///…, can be read here")
    return Path(unquote(urlsplit(location).path))


def visible_files(folder: Path) -> list[Path]:
    """The files below a folder that Athena reads: not hidden, not empty; none where there is no folder."""
    found = LocalStorage(folder.as_uri()).list_files("")
    return sorted(folder / file.path for file in found if file.visible and file.size)
