"""A key is what Firehose would make of the prefix, in UTC."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from glue_jobs.contracts.delivery import ORDERS
from laptop.firehose_keys import evaluated, fits_a_lake, object_key

MOMENT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("landing/!{timestamp:yyyy/MM/dd/HH}/", "landing/2026/03/01/04/"),
        ("dt=!{timestamp:yyyy-MM-dd}/h=!{timestamp:HH}/", "dt=2026-03-01/h=04/"),
        ("!{timestamp:yyyyMMdd'T'HHmmss'Z'}/", "20260301T040506Z/"),
        ("!{timestamp:'it''s' HH}/", "it's 04/"),
        ("!{timestamp:''yyyy''}/", "'2026'/"),
        ("no/expression/", "no/expression/2026/03/01/04/"),
        ("", "2026/03/01/04/"),
    ],
)
def test_expressions_are_replaced(prefix: str, expected: str) -> None:
    """Text in quotes stands for itself; without an expression the hour is added."""
    assert evaluated(prefix, MOMENT) == expected


def test_each_random_string_is_another() -> None:
    """Eleven letters or digits, so that no name is a hidden one."""
    first, second = evaluated("!{firehose:random-string}/!{firehose:random-string}", MOMENT).split("/")
    assert first != second
    assert re.fullmatch("[a-zA-Z0-9]{11}", first)


def test_the_name_has_stream_version_time_and_uuid() -> None:
    """Then the extension that goes with the compression."""
    key = object_key(ORDERS, 1, MOMENT.timestamp(), "uuid")
    assert key == "landing/orders/2026/03/01/04/firehose-orders-1-2026-03-01-04-05-06-uuid.gz"
    assert object_key(replace(ORDERS, compression="UNCOMPRESSED"), 1, MOMENT.timestamp(), "u").endswith("-u")


@pytest.mark.parametrize("key", ["../x", "a/../x", "/etc/x", "a//x", "_catalog/x", "a/.x", "a" * 201, "a\\x"])
def test_a_key_that_is_no_visible_path_below_a_folder_does_not_fit(key: str) -> None:
    """S3 takes them all."""
    assert not fits_a_lake(key)
    assert fits_a_lake("landing/orders/2026/x.gz")
