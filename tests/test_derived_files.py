"""Every derived file says what the contracts say."""

from dataclasses import replace
from types import ModuleType

import pytest
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from glue_jobs.contracts import mobile_coverage
from glue_jobs.contracts.contract import described
from scripts.data_dictionary import data_dictionary, valid_values
from scripts.derive import DERIVED, ROOT


@pytest.mark.parametrize("path", DERIVED)
def test_a_derived_file_is_up_to_date(path: str) -> None:
    """What stands in the repository is what `make derive` would write."""
    assert (ROOT / path).read_text(encoding="utf-8") == DERIVED[path](), f"{path} is stale: run `make derive`"


def test_a_new_field_makes_the_dictionary_stale() -> None:
    """The check above can fail: a field more in the contract is a row more on the page."""
    event = mobile_coverage.EVENT
    more = StructType([*event.schema, described("cell", StringType(), "identity of the cell")])
    changed = ModuleType("changed")
    changed.__dict__.update(EVENT=replace(event, schema=more), TABLES=())
    assert "| `cell` | string |  |  |  |  | identity of the cell |" in data_dictionary([changed])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (described("a", IntegerType(), "", minimum=0, maximum=97), "0 to 97"),
        (described("a", IntegerType(), "", minimum=0), "at least 0"),
        (described("a", IntegerType(), "", maximum=0), "at most 0"),
        (described("a", StringType(), "", allowed=["gps", "fused"]), "one of gps, fused"),
        (described("a", StringType(), "", pattern="[0-9]{6}"), "all of it matches `[0-9]{6}`"),
        (described("a", StringType(), ""), ""),
    ],
)
def test_the_rules_of_a_field_are_put_into_words(field: StructField, words: str) -> None:
    """Each rule of a contract has its words; zero is a limit like any other."""
    assert valid_values(field) == words
