"""Records put together as texts: how much of them, and that each is found again."""

import pytest

from glue_jobs.core.record_text import PIECE_BYTES, PIECE_RECORDS, texts_of
from tests.events import records

SMALL, LARGE = b"x" * 300, b"x" * 2**20


@pytest.mark.parametrize(
    ("payloads", "counts"),
    [
        ([], []),
        ([b"", None], [2]),
        ([b"x"] * (PIECE_RECORDS + 1), [PIECE_RECORDS, 1]),
        ([b"x" * (PIECE_BYTES // 4 - 1)] * 5, [4, 1]),
        ([b"x" * (PIECE_BYTES // 4)] * 5, [3, 2]),
        ([LARGE, SMALL, SMALL, LARGE, LARGE], [1, 2, 1, 1]),
        ([SMALL] * 20_000 + [LARGE] * 3, [*[870] * 22, 860, 1, 1, 1]),
    ],
    ids=["none", "empty", "number", "bytes", "line feeds", "large ones alone", "small, then large"],
)
def test_a_text_is_bounded_in_records_and_bytes(payloads: list[bytes | None], counts: list[int]) -> None:
    """Whatever comes beside them; a record that is larger than a text may be is a text of its own."""
    assert [text.count for text in texts_of(records(payloads))] == counts


def test_a_text_knows_its_records() -> None:
    """Also when the texts after it are made already."""
    texts = list(texts_of(records([b"1", b"2\n", LARGE, b"3"])))

    assert [text.records()["data"].to_pylist() for text in texts] == [[b"1", b"2\n"], [LARGE], [b"3"]]
    assert [text.text.to_pybytes() for text in texts] == [b"1\n2\n", LARGE + b"\n", b"3\n"]
