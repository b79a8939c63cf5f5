"""How often S3 is asked for the content of a file: each request costs money, and a way there and back."""

import gzip
import random

import pytest

from glue_jobs.core.record_text import PIECE_BYTES
from glue_jobs.core.s3_object import RANGE_BYTES
from glue_jobs.core.sources.file_reader import read_noted
from glue_jobs.core.sources.noted_file import NotedFile
from glue_jobs.core.storage import open_storage
from tests.core.buckets import new_bucket, write
from tests.faults.aws_proxy import faulty_aws


@pytest.mark.parametrize("name", ["plain.json", "packed.json.gz"])
def test_a_file_is_fetched_in_ranges_of_some_mebibytes(
    aws: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One GET for each range, and a HEAD before and after, whatever the reader asks for at a time."""
    lines = random.Random(1).randbytes(2 * RANGE_BYTES).hex("\n", 200)
    content = lines.encode()[: 2 * RANGE_BYTES + 1]
    stored = gzip.compress(content, 0) if name.endswith(".gz") else content
    storage = open_storage(f"s3://{new_bucket()}")
    write(storage, name, stored)
    (found,) = storage.list_files("")

    with faulty_aws(aws) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        texts = list(read_noted(storage, NotedFile(name, int(found.modified * 1000), found.size)))

    assert b"".join(text.text.to_pybytes() for text in texts) == content + b"\n"
    assert max(text.text.size for text in texts) < PIECE_BYTES + 500
    assert [call.operation for call in proxy.calls] == ["HeadObject", *["GetObject"] * 3, "HeadObject"]
