"""The data dictionary: every event and table of the contracts, as Markdown."""

from collections.abc import Iterable
from types import ModuleType

from pyspark.sql.types import StructField, StructType

from glue_jobs.contracts.contract import EventContract, TableContract, View
from glue_jobs.core.options import in_words
from scripts.markdown import markdown_table

_HEAD = """# Data dictionary

Derived from `glue_jobs/contracts/` by `make derive`; change the contract, not this page.
All times are UTC. In the tables, null means "not known".
"""


def data_dictionary(contracts: Iterable[ModuleType]) -> str:
    """The page of these contract modules, each with an `EVENT`, its `TABLES`, and maybe views."""
    sections = [_HEAD]
    for contract in contracts:
        sections.append(_event_section(contract.EVENT, windows=hasattr(contract, "AGGREGATES")))
        tables = (*contract.TABLES, *getattr(contract, "ICEBERG_TABLES", ()))
        sections += [_table_section(table) for table in tables]
        sections += [_view_section(view) for view in getattr(contract, "VIEWS", ())]
    return "\n".join(sections)


def valid_values(field: StructField) -> str:
    """The rules of a field in words: `"0 to 97"`, `"at least 0"`, `"one of gps, fused"`, or nothing."""
    rules = field.metadata
    if "allowed" in rules:
        return "one of " + ", ".join(map(str, rules["allowed"]))
    if "pattern" in rules:
        return f"all of it matches `{rules['pattern']}`"
    return _range(rules.get("minimum"), rules.get("maximum"))


def _range(minimum: object, maximum: object) -> str:
    if minimum is not None and maximum is not None:
        return f"{minimum} to {maximum}"
    if minimum is not None:
        return f"at least {minimum}"
    return "" if maximum is None else f"at most {maximum}"


def _event_section(event: EventContract, windows: bool) -> str:
    head = ["Field", "Type", "Required", "Unit", "Valid", "Unknown is", "Meaning"]
    rows = [
        [
            f"`{field.name}`",
            field.dataType.simpleString(),
            "" if field.nullable else "yes",
            field.metadata.get("unit", ""),
            valid_values(field),
            str(field.metadata.get("unknown", "")),
            field.metadata["meaning"],
        ]
        for field in event.schema
    ]
    window, watermark, ahead = map(in_words, (event.window, event.watermark, event.max_ahead))
    streamed = f"; windows are {window} long and the watermark is\n{watermark}" if windows else ""
    largest = f"{event.max_bytes // 2**10:,} KiB"
    return f"""## Event `{event.name}`

One JSON object a record. Event time is `{event.event_time}`{streamed}.
Rejected are a record of more than {largest}, and an event more than {ahead} ahead of its arrival.
Brought to one spelling before use: {", ".join(f"`{name}`" for name in event.spellings) or "nothing"}.

{markdown_table(head, rows)}"""


def _table_section(table: TableContract) -> str:
    iceberg = (
        [["Format", f"Iceberg, version 2, cut by `{', '.join(table.iceberg)}`"]] if table.iceberg else []
    )
    facts = [
        ["Database", f"`{table.database}`"],
        *iceberg,
        ["Folder", f"`<lake_uri>/{table.path}/`"],
        ["Grain", table.grain],
        ["Key", ", ".join(f"`{column}`" for column in table.key)],
        ["Owner", table.owner],
        ["Used by", table.consumers],
    ]
    columns = [*_column_rows(table.schema, ""), *_column_rows(table.partitions, "partition")]
    return f"""## Table `{table.name}`

{table.description}

{markdown_table(["", ""], facts)}
{markdown_table(["Column", "Type", "Never null", "Unit", "Meaning", ""], columns)}"""


def _view_section(view: View) -> str:
    facts = [["Database", f"`{view.database}`"], ["Grain", view.grain], ["Owner", view.owner]]
    columns = [row[:2] + row[3:5] for row in _column_rows(view.columns, "")]
    return f"""## View `{view.name}`

{view.description}

{markdown_table(["", ""], facts)}
{markdown_table(["Column", "Type", "Unit", "Meaning"], columns)}
```sql
{view.sql}
```
"""


def _column_rows(schema: StructType, role: str) -> list[list[str]]:
    return [
        [
            f"`{column.name}`",
            column.dataType.simpleString(),
            "" if column.nullable else "yes",
            column.metadata.get("unit", ""),
            column.metadata["meaning"],
            role,
        ]
        for column in schema
    ]
