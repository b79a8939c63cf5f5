"""Texts of records parsed as rows: at once where all are clean, and never on the word of a neighbour."""

import gc
from typing import NoReturn

import pyarrow as pa
import pytest

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.json_rows import _GROUP, RowParser
from glue_jobs.core.record_text import RecordText, texts_of
from tests.events import payload, payload_with, records

PARSER = RowParser(EVENT, ["signal", "operator"])
CLEAN = [payload(signal=1), payload(signal=None), payload(operator="Vodafone ES")]


def text_of(*payloads: bytes) -> RecordText:
    """The records as one text."""
    (text,) = texts_of(records(payloads))
    return text


def parsed(text: RecordText) -> tuple[list[float | None], list[bool]]:
    """The signals of the rows, and which records have one."""
    rows, have_one = PARSER.parse(text)
    return rows["signal"].to_pylist(), have_one.to_pylist()


def not_needed() -> NoReturn:
    """Records that nobody may ask for."""
    pytest.fail("the records were made one by one")


@pytest.mark.parametrize(
    "content",
    [
        b"\n".join(CLEAN) + b"\n",
        b"\r\n".join(CLEAN) + b"\r\n",
        b"\n".join([*CLEAN[:2], payload_with('"extra": {"a": [1, 2]}')]) + b"\n",
        b"\n".join([CLEAN[0], b"{}", CLEAN[1], b'{"lat": NaN}', b"{]}"]) + b"\n",
    ],
    ids=["clean", "with carriage returns", "with a field nobody asked for", "with some that are wrong"],
)
def test_a_framed_text_is_parsed_as_it_is(content: bytes) -> None:
    """Every line an object: nothing is cut out of it, and each line has its row or has none."""
    text = RecordText(content.count(b"\n"), pa.py_buffer(content), None, not_needed)

    _, have_one = PARSER.parse(text)

    assert have_one.to_pylist() == [b'"lat": 41.38' in line for line in content.splitlines()]


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_for_cycles_is_as_it_was_when_a_text_is_parsed(searching: bool) -> None:
    """Also where some records are wrong: who has turned it off must find it off."""
    before = gc.isenabled()
    try:
        (gc.enable if searching else gc.disable)()
        parsed(text_of(*CLEAN, b"[" * 100_000))
        assert gc.isenabled() == searching
    finally:
        (gc.enable if before else gc.disable)()


def test_rows_have_the_wanted_columns_in_the_types_of_the_wire() -> None:
    """Numbers as doubles; what is absent or null is null."""
    rows, _ = PARSER.parse(text_of(payload(), payload("signal", operator=None)))

    assert rows.to_pylist() == [
        {"signal": 12.0, "operator": "Movistar"},
        {"signal": None, "operator": None},
    ]
    assert rows.schema.types == [pa.float64(), pa.string()]


def test_a_record_with_a_line_feed_of_its_own_keeps_its_place() -> None:
    """Inside, where JSON allows it, or at its end, where many producers put one."""
    split = payload(signal=2).replace(b", ", b",\n", 1)

    assert parsed(text_of(payload(signal=1), split, payload(signal=3))) == ([1, 2, 3], [True] * 3)
    assert parsed(text_of(payload(signal=1) + b"\n", payload(signal=2))) == ([1, 2], [True] * 2)


def test_a_record_with_a_carriage_return_inside_is_one_record() -> None:
    """It is white space like any, also where a neighbour makes the text be parsed in groups."""
    returned = payload(signal=2).replace(b", ", b",\r", 1)

    assert parsed(text_of(payload(signal=1), returned, b"{}")) == ([1, 2], [True, True, False])


@pytest.mark.parametrize("wrong", [0, _GROUP - 1, _GROUP, 3 * _GROUP])
def test_one_that_is_wrong_costs_no_other_its_row(wrong: int) -> None:
    """Wherever it stands in its group."""
    payloads = [payload(signal=place % 90) for place in range(3 * _GROUP + 1)]
    payloads[wrong] = b'{"lat": "x"}'

    signals, have_one = parsed(text_of(*payloads))

    expected = [place for place in range(len(payloads)) if place != wrong]
    assert signals == [place % 90 for place in expected]
    assert [place for place, has in enumerate(have_one) if has] == expected


@pytest.mark.parametrize(
    "extra", [b'"\xff"', b"1e999", b"[1e999]", b"[" * 1025 + b"]" * 1025, b'{"a": "\xed\xa0\x80"}']
)
def test_what_is_skipped_has_to_be_json_as_well(extra: bytes) -> None:
    """The parser does not look into a field that it skips; another one does."""
    beside = payload()[:-1] + b', "extra": ' + extra + b"}"

    assert parsed(text_of(payload(signal=1), beside)) == ([1], [True, False])
    assert parsed(text_of(beside)) == ([], [False])


def test_a_text_without_records_has_no_rows() -> None:
    """And its columns have their types all the same."""
    rows, have_one = PARSER.parse(RecordText(0, pa.py_buffer(b""), None, lambda: records([])))

    assert (len(rows), len(have_one)) == (0, 0)
    assert rows.schema.types == [pa.float64(), pa.string()]
