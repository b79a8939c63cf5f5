"""Firehose's API, as a client sees it. Every test speaks HTTP to the server."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.session import Session
from botocore.validate import ParamValidator

from glue_jobs.contracts.delivery import ORDERS, create_request
from laptop.embedded_aws import EmbeddedAws, embedded_aws
from laptop.firehose_client import deliver_now, make_stream
from tests.laptop.conftest import firehose_client
from tests.laptop.firehoses import BUCKET, ROLE, SMALL, delivered, make
from tests.laptop.test_embedded_aws import another_process, is_gone_within, server_of

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient

KIB = 2**10


def test_what_is_put_is_delivered_on_demand(
    firehose_server: "EmbeddedAws", firehose: "FirehoseClient", delivery_stream: str, firehose_lake: Path
) -> None:
    """Alone or in a batch, in order; each record gets an id of its own."""
    first = firehose.put_record(DeliveryStreamName=delivery_stream, Record={"Data": b"1"})
    batch = firehose.put_record_batch(
        DeliveryStreamName=delivery_stream, Records=[{"Data": b"2"}, {"Data": b""}]
    )
    deliver_now(firehose_server.endpoint_url)
    assert list(delivered(firehose_lake, f"landing/{delivery_stream}").values()) == [b"1\n2\n\n"]
    assert batch["FailedPutCount"] == 0
    ids = [first["RecordId"], *(answer["RecordId"] for answer in batch["RequestResponses"])]
    assert len(set(ids)) == 3


def test_a_full_buffer_is_delivered_by_itself(
    firehose: "FirehoseClient", delivery_stream: str, firehose_lake: Path
) -> None:
    """The server delivers it meanwhile; deleting the stream is not what brings it."""
    records: Any = [{"Data": b"x" * (1000 * KIB)}] * 2
    firehose.put_record_batch(DeliveryStreamName=delivery_stream, Records=records)
    for _ in range(2000):  # calls of a millisecond or so: the server works beside them
        firehose.list_delivery_streams()
        if contents := list(delivered(firehose_lake, f"landing/{delivery_stream}").values()):
            break
    assert list(map(len, contents)) == [2 * (1000 * KIB + 1)]


def test_a_call_at_the_limits_is_taken(firehose: "FirehoseClient", delivery_stream: str) -> None:
    """500 records; one of 1,000 KiB; 4 MiB in all."""
    for sizes in ([1] * 500, [1000 * KIB], [1000 * KIB] * 4 + [96 * KIB]):
        records: Any = [{"Data": bytes(size)} for size in sizes]
        assert (
            firehose.put_record_batch(DeliveryStreamName=delivery_stream, Records=records)["FailedPutCount"]
            == 0
        )


def test_a_stream_is_described_as_it_was_made(firehose: "FirehoseClient") -> None:
    """With all that the API's own model asks for."""
    make(firehose, ORDERS)
    answer = firehose.describe_delivery_stream(DeliveryStreamName=ORDERS.name)
    described: Any = answer["DeliveryStreamDescription"]
    operation = Session().get_service_model("firehose").operation_model("DescribeDeliveryStream")
    assert operation.output_shape is not None
    plain = {"DeliveryStreamDescription": described}
    assert not ParamValidator().validate(plain, operation.output_shape).has_errors()
    assert (described["DeliveryStreamStatus"], described["VersionId"]) == ("ACTIVE", "1")
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    asked = create_request(ORDERS, BUCKET, ROLE)["ExtendedS3DestinationConfiguration"]
    assert {name: destination[name] for name in asked} == asked


def test_streams_are_listed_in_order_of_name(firehose: "FirehoseClient") -> None:
    """A page at a time."""
    for name in "cab":
        make(firehose, replace(SMALL, name=name))
    first = firehose.list_delivery_streams(Limit=2)
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="b")
    assert (first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]) == (["a", "b"], True)
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["c"], False)


def test_every_region_has_the_streams_of_the_lake(
    firehose_server: "EmbeddedAws", firehose: "FirehoseClient"
) -> None:
    """Whichever AWS_REGION a producer was given."""
    make(firehose, SMALL)
    elsewhere = firehose_client(firehose_server.endpoint_url, "sa-east-1")
    assert elsewhere.list_delivery_streams()["DeliveryStreamNames"] == ["small"]
    elsewhere.close()


def test_making_a_stream_anew_changes_its_settings(firehose: "FirehoseClient") -> None:
    """Whether it was there or not."""
    make_stream(firehose, SMALL)
    make_stream(firehose, replace(SMALL, buffer_mb=7))
    described = firehose.describe_delivery_stream(DeliveryStreamName="small")["DeliveryStreamDescription"]
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["BufferingHints"]["SizeInMBs"] == 7


def test_an_orderly_stop_delivers_and_a_kill_keeps(lake: Path) -> None:
    """Killed with its parent: the next server has the records, and delivers them when it is stopped."""
    with another_process(lake.as_uri()) as (process, endpoint_url):
        put = firehose_client(endpoint_url)
        make(put, SMALL)
        put.put_record(DeliveryStreamName="small", Record={"Data": b"kept"})
        put.close()
        server = server_of(process.pid)
        os.kill(server, signal.SIGKILL)
        assert is_gone_within(10, server)
    assert delivered(lake, "landing") == {}
    with embedded_aws(lake.as_uri()) as running:
        put = firehose_client(running.endpoint_url)
        put.put_record(DeliveryStreamName="small", Record={"Data": b"later"})
        put.close()
    assert list(delivered(lake, "landing").values()) == [b"kept\nlater\n"]
