"""Maintenance works on a lake that is there; what it is told apart by."""

import pytest

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW, STATUS_COUNT, TABLES
from glue_jobs.core.errors import OptionError
from glue_jobs.core.lake_there import require_lake
from glue_jobs.core.repair.versions import versions_folder
from tests.core.buckets import write
from tests.core.sample_query import SampleQuery, at


def nowhere(query: SampleQuery) -> str:
    """A place beside the lake."""
    return f"{query.root}/lakes"


def test_where_no_table_is_the_lake_of_the_job_is_named(query: SampleQuery) -> None:
    """As its checkpoint tells it."""
    with pytest.raises(OptionError) as refused:
        require_lake(nowhere(query), query.checkpoint, TABLES)
    assert str(refused.value) == (
        f"--lake_uri {nowhere(query)}: no table is there, nothing was made; give {query.lake}, which the job "
        f"of {query.checkpoint} writes"
    )


def test_a_checkpoint_that_is_not_there_names_none(query: SampleQuery) -> None:
    """Or was not given."""
    for checkpoint in (None, f"{query.root}/nothing"):
        with pytest.raises(OptionError, match=r"nothing was made; give the lake of the job$"):
            require_lake(nowhere(query), checkpoint, TABLES)


@pytest.mark.parametrize("folder", [RAW.path, versions_folder(STATUS_COUNT.table), QUARANTINE.path])
def test_a_file_of_any_table_is_enough(query: SampleQuery, folder: str) -> None:
    """In the stream's folders or in a version; what else lies there says nothing."""
    write(at(nowhere(query)), "_catalog/catalog.json", b"{}")
    with pytest.raises(OptionError):
        require_lake(nowhere(query), query.checkpoint, TABLES)

    write(at(nowhere(query)), f"{folder}/a=1/b=2/file.parquet", b"x")
    require_lake(nowhere(query), query.checkpoint, TABLES)


def test_a_job_that_has_published_nothing_yet_has_a_lake(query: SampleQuery) -> None:
    """The schedules run from the first hour on."""
    query.define(lake=nowhere(query))
    require_lake(nowhere(query), query.checkpoint, TABLES)
