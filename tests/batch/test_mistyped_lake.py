"""A batch job over a lake that was mistyped makes none, on a laptop, on Glue, on S3."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from glue_jobs.batch import compact, rebuild_windows
from glue_jobs.core.runtime import run_job
from glue_jobs.core.storage import open_storage
from tests.core.buckets import new_bucket


@pytest.mark.parametrize("where", ["file", "s3"])
@pytest.mark.parametrize(
    ("main", "more"),
    [(compact.main, []), (rebuild_windows.main, ["--only_late", "true"])],
    ids=["compact", "rebuild"],
)
def test_it_is_refused_before_a_lease_is_taken_there(
    main: Callable[[Sequence[str]], None],
    more: list[str],
    where: str,
    aws: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Naming the option, the value, and what to do; not a file is written."""
    lake_uri = f"{tmp_path.as_uri() if where == 'file' else f's3://{new_bucket()}'}/no lake"
    arguments = ["--lake_uri", lake_uri, "--checkpoint_uri", f"{lake_uri}/checkpoint", *more]

    assert run_job(main, [sys.argv[0], *arguments]) == 2

    said = f"--lake_uri {lake_uri}: no table is there, nothing was made; give the lake of the job\n"
    assert capsys.readouterr().err.endswith(said)
    assert list(open_storage(lake_uri).list_files("")) == []
    assert list(tmp_path.iterdir()) == []
