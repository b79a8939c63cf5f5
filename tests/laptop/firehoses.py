"""Delivery streams for tests, and what they have delivered."""

import gzip
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glue_jobs.contracts.delivery import ORDERS, DeliveryStream, create_request
from glue_jobs.core.storage import LocalStorage
from laptop.firehose import Firehose, KeptStream

if TYPE_CHECKING:
    from mypy_boto3_firehose.client import FirehoseClient

SMALL = replace(ORDERS, name="small", prefix="landing/small/!{timestamp:yyyy/MM/dd/HH}/", buffer_mb=1)
"""A stream with the smallest buffer there is."""

NOON = 1_772_366_400.0  # 2026-03-01 12:00 UTC
BUCKET, ROLE = "arn:aws:s3:::lake", "arn:aws:iam::123456789012:role/firehose"


def kept(settings: DeliveryStream) -> KeptStream:
    """The stream as `laptop.firehose` keeps it."""
    return KeptStream(settings, BUCKET, ROLE, 0.0)


def make(firehose: "FirehoseClient", settings: DeliveryStream) -> str:
    """Makes a stream through the API and gives its name."""
    firehose.create_delivery_stream(**create_request(settings, BUCKET, ROLE))
    return settings.name


def base64(*records: bytes) -> list[str]:
    """Records as the API has them."""
    return [b64encode(record).decode() for record in records]


def delivered(lake: Path, folder: str) -> dict[str, bytes]:
    """The unpacked content of each object below a folder of the lake, by its key; drafts are none."""
    files = [file for file in (lake / folder).rglob("*") if file.is_file() and not file.name.startswith(".")]
    return {file.relative_to(lake).as_posix(): unpacked(file) for file in sorted(files)}


def unpacked(file: Path) -> bytes:
    """The content of an object."""
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def again(lake: Path, clock: Clock) -> Firehose:
    """The Firehose that comes after one which was killed."""
    return Firehose(LocalStorage(lake.as_uri()), clock)
