"""Views in the Glue Data Catalog, as Athena itself keeps them."""

import base64
import json
from typing import TYPE_CHECKING

from pyspark.sql.types import DataType, DecimalType

from glue_jobs.contracts.contract import View
from glue_jobs.core.catalog import Catalog, glue_columns, refused

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import TableInputTypeDef

_TRINO = {
    "string": "varchar",
    "int": "integer",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp(3)",
}


def ensure_view(catalog: Catalog, view: View) -> None:
    """Create the database and the view, or let the view that is there be what the contract says.

    Raises:
        CatalogError: the catalogue refuses.
    """
    definition, client = view_input(view), catalog.client
    with refused(f"view {view.database}.{view.name}"):
        try:
            found = client.get_table(DatabaseName=view.database, Name=view.name)["Table"]
        except client.exceptions.EntityNotFoundException:
            catalog.ensure_database(view.database)
            client.create_table(DatabaseName=view.database, TableInput=definition)
            return
        if any(found.get(name) != value for name, value in definition.items()):
            client.update_table(DatabaseName=view.database, TableInput=definition)


def view_input(view: View) -> "TableInputTypeDef":
    """The Glue definition of a view: its query stands in a comment, in base64."""
    stored = {
        "originalSql": view.sql,
        "catalog": "awsdatacatalog",
        "schema": view.database,
        "columns": [{"name": column.name, "type": _trino_type(column.dataType)} for column in view.columns],
    }
    encoded = base64.b64encode(json.dumps(stored).encode()).decode()
    return {
        "Name": view.name,
        "Description": view.description,
        "Owner": view.owner,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": glue_columns(view.columns), "Location": "", "SerdeInfo": {}},
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
    }


def _trino_type(data_type: DataType) -> str:
    name = data_type.simpleString()
    return name if isinstance(data_type, DecimalType) else _TRINO[name]
