"""Empties buckets, with all versions and unfinished uploads, and a repository of images; or counts them.

    python -m scripts.empty --account 123456789012 --count a-bucket another-bucket
    python -m scripts.empty --account 123456789012 --repository sluice/streaming-consumer a-bucket

Each bucket must be of that account. What is gone already is no error, so it can be run again. Exit code 0:
nothing is left. 1: AWS refused something. 2: an argument is wrong.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_AT_ONCE = 1000
"""The most keys that one DeleteObjects takes (S3 API reference)."""
_IMAGES_AT_ONCE = 100
"""The most images that one BatchDeleteImage takes (ECR API reference)."""


class NotEmptied(Exception):
    """Something is still there; its text says what, and why."""


def is_there(s3: "S3Client", bucket: str, account: str) -> bool:
    """Whether there is such a bucket.

    Raises:
        NotEmptied: it is of another account.
    """
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise NotEmptied(
            f"s3://{bucket} is not of account {account}, or may not be looked at: {error}"
        ) from error
    return True


def count(s3: "S3Client", bucket: str, account: str) -> tuple[int, int]:
    """How many objects a bucket has, old versions and delete markers among them, and how many bytes."""
    if not is_there(s3, bucket, account):
        return 0, 0
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, ExpectedBucketOwner=account)
    sizes = [one.get("Size", 0) for page in pages for one in _entries(page)]
    return len(sizes), sum(sizes)


def _entries(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]


def empty(s3: "S3Client", bucket: str, account: str) -> Iterator[int]:
    """Remove all that a bucket has; how many at a time.

    Each time the first entries are asked for, so what is put meanwhile goes, too.

    Raises:
        NotEmptied: S3 refused to remove some, or the bucket is of another account.
    """
    if not is_there(s3, bucket, account):
        return
    while some := _entries(
        s3.list_object_versions(Bucket=bucket, ExpectedBucketOwner=account, MaxKeys=_AT_ONCE)
    ):
        named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in some]
        answer = s3.delete_objects(
            Bucket=bucket,
            Delete={"Objects": named, "Quiet": True},  # type: ignore[typeddict-item]  # keys and versions
            ExpectedBucketOwner=account,
        )
        if refused := answer.get("Errors"):
            first = refused[0]
            raise NotEmptied(
                f"s3://{bucket}/{first.get('Key')}: {first.get('Message')} ({len(refused)} keys)"
            )
        yield len(named)
    abort_uploads(s3, bucket, account)


def abort_uploads(s3: "S3Client", bucket: str, account: str) -> None:
    """End the uploads that nobody finished; their parts are paid for, and seen by no list of objects."""
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, ExpectedBucketOwner=account)
    for one in [one for page in pages for one in page.get("Uploads", ())]:
        s3.abort_multipart_upload(
            Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"], ExpectedBucketOwner=account
        )


def images(repository: str, account: str) -> list[dict[str, Any]]:
    """The images of a repository; none where there is no such repository."""
    ecr = boto3.client("ecr")
    try:
        pages = ecr.get_paginator("list_images").paginate(registryId=account, repositoryName=repository)
        return [dict(one) for page in pages for one in page["imageIds"]]
    except ecr.exceptions.RepositoryNotFoundException:
        return []


def remove_images(repository: str, account: str) -> int:
    """Remove all images of a repository; how many there were.

    Those with tags go first: ECR keeps an image that another one consists of.

    Raises:
        NotEmptied: ECR refused to remove some.
    """
    found = images(repository, account)
    tagged = {one["imageDigest"] for one in found if "imageTag" in one}
    parts = {one["imageDigest"] for one in found} - tagged
    _remove(repository, account, sorted(tagged))
    _remove(repository, account, sorted(parts))
    return len(tagged | parts)


def _remove(repository: str, account: str, digests: Sequence[str]) -> None:
    for first in range(0, len(digests), _IMAGES_AT_ONCE):
        some = digests[first : first + _IMAGES_AT_ONCE]
        answer = boto3.client("ecr").batch_delete_image(
            registryId=account, repositoryName=repository, imageIds=[{"imageDigest": one} for one in some]
        )
        if failures := answer["failures"]:
            raise NotEmptied(f"{repository}: {failures[0].get('failureReason')} ({len(failures)} images)")


def _show(arguments: argparse.Namespace, s3: "S3Client") -> None:
    for bucket in arguments.buckets:
        objects, size = count(s3, bucket, arguments.account)
        print(f"empty: s3://{bucket}: {objects:,} objects and old versions, {size / 1e6:,.1f} MB")
    if arguments.repository:
        found = {one["imageDigest"] for one in images(arguments.repository, arguments.account)}
        print(f"empty: {arguments.repository}: {len(found)} images")


def _empty_all(arguments: argparse.Namespace, s3: "S3Client") -> None:
    columns = (TextColumn("empty: {task.description}: {task.completed:,.0f} removed"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for bucket in arguments.buckets:
            task = progress.add_task(f"s3://{bucket}", total=None)
            for removed in empty(s3, bucket, arguments.account):
                progress.advance(task, removed)
    if arguments.repository:
        removed = remove_images(arguments.repository, arguments.account)
        print(f"empty: {arguments.repository}: {removed} images removed")


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.empty",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--account", required=True, help="twelve digits; a bucket of another account is refused"
    )
    parser.add_argument("--count", action="store_true", help="remove nothing: say what is there")
    parser.add_argument("--repository", help="a repository of ECR, to be emptied, too")
    parser.add_argument("buckets", nargs="+", metavar="BUCKET")
    arguments = parser.parse_args(argv)
    if not re.fullmatch(r"\d{12}", arguments.account):
        parser.error(f"--account: got {arguments.account!r}; give its twelve digits")
    return arguments


def main(argv: Sequence[str]) -> int:
    """Empty or count; the exit code."""
    arguments = _parsed(argv)
    try:
        (_show if arguments.count else _empty_all)(arguments, boto3.client("s3"))
    except (NotEmptied, ClientError, BotoCoreError) as error:
        print(f"empty: {error}; run it again when that is mended", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
