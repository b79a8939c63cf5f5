"""Buckets are emptied of all that S3 keeps, and of nothing that belongs to somebody else."""

from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

from scripts.empty import main

ACCOUNT = ["--account", DEFAULT_ACCOUNT_ID]


def refuse_other_owners(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    """What S3 does and moto does not: a request that expects another owner is answered with 403."""
    expected = request.headers.get("x-amz-expected-bucket-owner")
    if expected in (None, DEFAULT_ACCOUNT_ID, DEFAULT_ACCOUNT_ID.encode()):
        return None
    answer = AWSResponse(request.url, 403, HTTPHeaders(), None)
    answer._content = b""  # type: ignore[attr-defined]  # where botocore keeps what it has read
    return answer


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the versioned bucket `lake`."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session()
    session.events.register("before-send.s3", refuse_other_owners)  # type: ignore[arg-type]  # may answer
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    yield
    server.stop()


def put(*keys: str) -> None:
    """An object under each key."""
    s3 = boto3.client("s3")
    for key in keys:
        s3.put_object(Bucket="lake", Key=key, Body=b"12345")


def test_an_emptied_bucket_can_be_removed(aws: None) -> None:
    """Versions, delete markers and unfinished uploads are gone, for S3 keeps a bucket that has any."""
    put("raw/a", "raw/a", "raw/b c", "raw/ü=1/é")
    s3 = boto3.client("s3")
    s3.delete_object(Bucket="lake", Key="raw/b c")
    s3.create_multipart_upload(Bucket="lake", Key="raw/unfinished")
    assert main([*ACCOUNT, "lake"]) == 0
    assert "Versions" not in s3.list_object_versions(Bucket="lake")
    assert "DeleteMarkers" not in s3.list_object_versions(Bucket="lake")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")
    s3.delete_bucket(Bucket="lake")


def test_more_objects_than_one_request_removes_are_removed(aws: None) -> None:
    """S3 takes a thousand keys at once."""
    put(*(f"raw/{number}" for number in range(1005)))
    assert main([*ACCOUNT, "lake"]) == 0
    assert boto3.client("s3").list_objects_v2(Bucket="lake")["KeyCount"] == 0


def test_counting_removes_nothing(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Old versions count: they are paid for."""
    put("raw/a", "raw/a", "raw/b")
    assert main([*ACCOUNT, "--count", "lake"]) == 0
    assert capsys.readouterr().out == "empty: s3://lake: 3 objects and old versions, 0.0 MB\n"
    assert boto3.client("s3").list_objects_v2(Bucket="lake")["KeyCount"] == 2


def test_a_bucket_of_another_account_is_refused(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever credentials say."""
    put("raw/a")
    assert main(["--account", "999999999999", "lake"]) == 1
    assert "run it again when that is mended" in capsys.readouterr().err
    assert boto3.client("s3").list_objects_v2(Bucket="lake")["KeyCount"] == 1


def test_what_is_gone_already_is_no_error(aws: None) -> None:
    """A run that was cut short is made again."""
    assert main([*ACCOUNT, "--repository", "sluice/gone", "gone"]) == 0
    assert main([*ACCOUNT, "--count", "gone"]) == 0


def test_a_repository_is_emptied_of_its_images(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Two tags of one image are one image."""
    ecr = boto3.client("ecr")
    ecr.create_repository(repositoryName="sluice/streaming-consumer")
    for tag, content in (("a", "1"), ("b", "2"), ("c", "2")):
        ecr.put_image(
            repositoryName="sluice/streaming-consumer",
            imageManifest=f'{{"schemaVersion": 2, "config": {{"digest": "{content}"}}}}',
            imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
            imageTag=tag,
        )
    assert main([*ACCOUNT, "--repository", "sluice/streaming-consumer", "lake"]) == 0
    assert "2 images removed" in capsys.readouterr().out
    assert ecr.list_images(repositoryName="sluice/streaming-consumer")["imageIds"] == []


@pytest.mark.parametrize("wrong", [["--account", "12", "lake"], ACCOUNT, [*ACCOUNT, "--all", "lake"]])
def test_a_wrong_argument_is_refused(wrong: list[str]) -> None:
    """Before anything is removed."""
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
