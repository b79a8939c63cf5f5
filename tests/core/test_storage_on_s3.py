"""What S3 does that a disk does not."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from warnings import catch_warnings

import boto3
import pytest
from moto.s3.models import s3_backends

from glue_jobs.core import s3_object
from glue_jobs.core.s3_object import s3_client
from glue_jobs.core.storage import open_storage
from tests.core.buckets import new_bucket, write
from tests.faults.aws_proxy import faulty_aws


def test_s3_lists_more_than_one_page(aws: str) -> None:
    """One answer holds 1,000 keys."""
    bucket = new_bucket()
    for number in range(1001):  # put where the server keeps them, which is quicker than 1,001 requests
        s3_backends["123456789012"]["aws"].put_object(bucket, f"t/{number:04}", b"")

    assert len(list(open_storage(f"s3://{bucket}").list_files("t"))) == 1001


def test_s3_is_reached_where_the_environment_says(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 may have an endpoint of its own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws)
    storage = open_storage(f"s3://{new_bucket()}")

    write(storage, "a", b"content")

    assert storage.read_file("a") == b"content"


def test_a_process_keeps_its_client(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all its threads; one that was made for another endpoint or other credentials is not used."""
    with ThreadPoolExecutor(8) as threads:
        (client,) = {*threads.map(lambda _: s3_client(), range(8))}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")

    assert s3_client() is not client
    assert s3_client() is s3_client()


def test_what_s3_refuses_is_an_os_error(aws: str) -> None:
    """It names the place and S3's own words."""
    storage = open_storage("s3://no-such-bucket/lake")

    with pytest.raises(OSError, match=r"s3://no-such-bucket/lake/t/a: .*NoSuchBucket"):
        write(storage, "t/a", b"")
    with pytest.raises(OSError, match=r"s3://no-such-bucket/lake/t: .*NoSuchBucket"):
        list(storage.list_files("t"))


def test_a_key_that_s3_does_not_delete_is_an_error(aws: str) -> None:
    """Such a refusal stands inside an answer that is a success as a whole."""
    bucket = new_bucket()
    storage = open_storage(f"s3://{bucket}")
    write(storage, "t/a", b"")
    everything = f"arn:aws:s3:::{bucket}/*"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": everything}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    boto3.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)

    with pytest.raises(OSError, match=f"s3://{bucket}/t/a: AccessDenied"):
        storage.delete_files(["t/a"])


def test_credentials_that_are_rotated_in_their_file_are_used(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At the next request, in a process that has run for weeks; nothing tells it that they have changed."""
    bucket, file = new_bucket(), tmp_path / "credentials"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with faulty_aws(aws) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        for number, key in enumerate(["first", "first", "second"]):
            file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")
            os.utime(file, (0, number // 2))
            list(open_storage(f"s3://{bucket}").list_files(""))

    assert [call.access_key for call in proxy.calls] == ["first", "first", "second"]


def test_a_process_is_forked_while_no_client_is_being_made(aws: str) -> None:
    """Else the child would wait for a lock that nobody gives back."""
    ended: list[int] = []

    def fork() -> None:
        with catch_warnings(action="ignore", category=DeprecationWarning):  # of threads, which are the point
            child = os.fork()
        if child == 0:
            os._exit(int(s3_object._making.locked()))
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    forking = Thread(target=fork)
    with s3_object._making:
        forking.start()
        forking.join(0.3)  # as long as it takes a fork that does not wait
    forking.join()

    assert ended == [0]
