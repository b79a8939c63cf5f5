"""The settings of a delivery stream are those that Firehose takes, or they are refused with the value."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from glue_jobs.contracts import orders
from glue_jobs.contracts.delivery import ORDERS, STREAMS, create_request
from glue_jobs.contracts.zones import LANDING, zone_of


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a b"}, "got name 'a b'; give 1 to 64 letters"),
        ({"name": "a" * 65}, "give 1 to 64 letters"),
        ({"buffer_mb": 0}, "got buffer_mb 0; give 1 to 128 MiB"),
        ({"buffer_mb": 129}, "got buffer_mb 129"),
        ({"buffer_seconds": -1}, "got buffer_seconds -1; give 0 to 900 seconds"),
        ({"buffer_seconds": 901}, "got buffer_seconds 901"),
        ({"compression": "gzip"}, "got compression 'gzip'; give GZIP or UNCOMPRESSED"),
        ({"file_extension": "gz"}, "got file_extension 'gz'; give a dot"),
        ({"error_prefix": ""}, "got error_prefix ''; give one that contains !{firehose:error-output-type}"),
        ({"error_prefix": "errors/"}, "got error_prefix 'errors/'"),
        ({"prefix": "plain/", "error_prefix": "e/!{timestamp:yyyy}/"}, "got error_prefix"),
        ({"prefix": "x/!{firehose:error-output-type}/"}, "got prefix"),
        ({"prefix": "x/!{timestamp:YYYY/MM/DD}/"}, "give !{timestamp:…} of yyyy MM dd HH mm ss"),
        ({"prefix": "x/!{timestamp:}/"}, "got prefix"),
        ({"prefix": "x/!{timestamp:yyyy'}/"}, "got prefix"),
        ({"prefix": "x/!{partitionKeyFromQuery:user}/"}, "got prefix"),
        ({"prefix": "x/!{timestamp:yyyy/"}, "give !{namespace:value}, closed"),
        ({"prefix": "x" * 513}, "at most 512 letters"),
        ({"prefix": "x\n"}, "at most 512 letters"),
    ],
)
def test_what_firehose_does_not_take_is_refused(change: dict[str, Any], words: str) -> None:
    """Each with the setting, the value and what to give."""
    with pytest.raises(ValueError, match=r"^delivery stream ") as error:
        replace(ORDERS, **change)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        {"buffer_mb": 1, "buffer_seconds": 0},
        {"buffer_mb": 128, "buffer_seconds": 900},
        {"prefix": "plain/", "error_prefix": ""},
        {"prefix": "", "error_prefix": ""},
        {"prefix": "x/dt=!{timestamp:yyyy-MM-dd'T'HH_mm_ss}/!{firehose:random-string}/"},
        {"compression": "UNCOMPRESSED", "file_extension": ".json"},
    ],
)
def test_what_firehose_takes_is_taken(change: dict[str, Any]) -> None:
    """The limits themselves, and prefixes without expressions."""
    assert replace(ORDERS, **change) != ORDERS


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_create_request_has_the_shape_of_the_api(stream: Any) -> None:
    """Names and types as the model of the API has them, nothing else."""
    request = create_request(stream, "arn:aws:s3:::lake", "arn:aws:iam::123456789012:role/firehose")
    shape = Session().get_service_model("firehose").operation_model("CreateDeliveryStream").input_shape
    assert shape is not None
    assert not ParamValidator().validate(request, shape).has_errors()


def test_orders_land_where_the_raw_job_looks_for_them() -> None:
    """Objects below the landing folder of the orders, errors beside it, both in the landing zone."""
    assert ORDERS.name == orders.STREAM
    assert ORDERS.prefix.startswith(f"{orders.LANDING}/")
    assert not ORDERS.error_prefix.startswith(f"{orders.LANDING}/")
    assert zone_of(ORDERS.prefix) == zone_of(ORDERS.error_prefix) == LANDING


def test_the_extension_follows_the_compression_unless_given() -> None:
    """As Firehose has it."""
    assert ORDERS.extension == ".gz"
    assert replace(ORDERS, file_extension=".json.gz").extension == ".json.gz"
    assert replace(ORDERS, compression="UNCOMPRESSED").extension == ""
