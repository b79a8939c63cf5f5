"""Buckets of the AWS on loopback, and files in any storage."""

from itertools import count

import boto3

from glue_jobs.core.storage import Storage

_numbers = count()


def new_bucket() -> str:
    """The name of a bucket just made."""
    bucket = f"bucket-{next(_numbers)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    return bucket


def write(storage: Storage, path: str, content: bytes) -> None:
    """Write one file."""
    with storage.new_file(path) as file:
        file.write(content)
