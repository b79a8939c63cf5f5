"""The border of the largest record: its line end is none of its size, for the decoder as for the judge."""

import pytest

from glue_jobs.contracts.contract import MAX_RECORD_BYTES
from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.judge import Judge, Rejection
from tests.decoding import decoded, judged
from tests.events import ARRIVAL, records
from tests.poison import TOO_LARGE, of_size


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"], ids=["no end", "line feed", "carriage return too"])
@pytest.mark.parametrize("more", [0, 1])
def test_the_line_end_is_none_of_the_size(more: int, end: bytes) -> None:
    """A producer may send it with the record; of a line of a file it is taken off."""
    payload = of_size(MAX_RECORD_BYTES + more) + end

    verdict = Judge(EVENT).judge(payload, ARRIVAL)

    assert (verdict == TOO_LARGE) == (more == 1)
    assert more == 1 or not isinstance(verdict, Rejection)
    assert decoded(records([payload])) == judged(records([payload]))


@pytest.mark.parametrize("end", [b"\r", b" ", b"\n\r"])
def test_other_white_space_is_part_of_the_size(end: bytes) -> None:
    """As of a line that is cut off there."""
    whole = records([of_size(MAX_RECORD_BYTES + 1 - len(end)) + end])

    assert [reason for reason, *_ in decoded(whole)[1]] == ["too_large"]
    assert decoded(whole) == judged(whole)
