"""Firehose for one lake: takes records, keeps them in buffers, delivers each buffer as one object.

The bucket of every stream is the lake: keys are paths below it. What is acknowledged is on the disk
(`laptop.firehose_buffer`), below `<lake>/_firehose/`, as are the streams: a server that is killed loses
nothing of it, and the next one goes on. An object is made once, under a key settled before it is made.

Known and left as it is: no throughput limits, no Lambda, no conversion to Parquet, so nothing fails in
processing and nothing comes below an error prefix. A delivery that fails is tried again, without AWS's end
after 24 hours; where the disk takes no more, a put is refused as by a Firehose that is too busy.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from threading import Event, Lock, RLock
from uuid import uuid4

import orjson

from glue_jobs.contracts.delivery import DeliveryStream
from glue_jobs.core.errors import CatalogError
from glue_jobs.core.storage import LocalStorage
from laptop.firehose_buffer import Buffer, ObjectToBe
from laptop.firehose_keys import object_key

FOLDER = "_firehose"
_STREAMS = f"{FOLDER}/streams.json"
_MIB = 2**20
_FIRST_VERSION = 1  # a stream is not changed here, but deleted and made again


@dataclass(frozen=True)
class KeptStream:
    """A stream as it was made: its settings, the names of bucket and role, the time (epoch seconds)."""

    settings: DeliveryStream
    bucket_arn: str
    role_arn: str
    created: float

    @property
    def delimiter(self) -> str:
        """What comes behind each record."""
        return "\n" if self.settings.newline_delimiter else ""


class Firehose:
    """The delivery streams of a lake. Any thread may call it; `clock` gives epoch seconds.

    Someone must call `deliver_due` now and then; `wake` is set when a buffer has become full.

    Raises:
        CatalogError: what an earlier one left is damaged.
    """

    def __init__(self, lake: LocalStorage, clock: Callable[[], float] = time.time) -> None:
        self.streams: dict[str, KeptStream] = {}
        self.wake = Event()
        self._lake, self._clock = lake, clock
        self._open: dict[str, Buffer] = {}
        self._closed: list[Buffer] = []
        self._changing, self._delivering = RLock(), Lock()
        try:
            self._load()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise CatalogError(
                f"{lake.uri}/{FOLDER} is damaged ({reason}); move it away, what it holds was not delivered"
            ) from error

    def _load(self) -> None:
        buffers = sorted((self._lake.root / FOLDER).glob("*.buffer"))
        if not buffers and not (self._lake.root / _STREAMS).exists():
            return  # nobody has made a stream, or has died while making the first
        for kept in orjson.loads(self._lake.read_file(_STREAMS)):
            settings = DeliveryStream(**kept.pop("settings"))
            self.streams[settings.name] = KeptStream(settings, **kept)
        for file in buffers:
            buffer = Buffer.found(file)
            if buffer is None:
                file.unlink()
            elif buffer.becomes is not None:
                self._closed.append(buffer)
            else:
                self._close(self._open.get(buffer.stream))
                self._open[self.streams[buffer.stream].settings.name] = buffer

    def create(self, stream: KeptStream) -> None:
        """Takes records for a stream from now on."""
        with self._changing:
            self._keep({**self.streams, stream.settings.name: stream})

    def delete(self, name: str) -> None:
        """Takes none any more; those it has are delivered."""
        with self._changing:
            self._close(self._open.pop(name, None))
            self._keep({other: kept for other, kept in self.streams.items() if other != name})
        self.wake.set()

    def _keep(self, streams: dict[str, KeptStream]) -> None:
        with self._lake.new_file(_STREAMS) as file:
            file.write(orjson.dumps([asdict(stream) for stream in streams.values()]))
        self.streams = streams

    def put(self, name: str, records: Sequence[str]) -> int:
        """Takes records (in base64), in order, and returns how many: not all where the disk is full."""
        taken = 0
        with self._changing:
            try:
                while taken < len(records):
                    buffer = self._buffer_with_room(name)
                    fitting = self._fitting(buffer, records[taken:])
                    buffer.append(records[taken : taken + fitting])
                    taken += fitting
            except OSError:
                return taken
            if self._is_due(self._open[name]):
                self.wake.set()
        return taken

    def _buffer_with_room(self, name: str) -> Buffer:
        buffer = self._open.get(name)
        if buffer is not None and buffer.size_bytes >= self._room(name):
            self._close(buffer)
            buffer = None
        if buffer is None:
            file = self._lake.root / FOLDER / f"{uuid4()}.buffer"
            delimiter = self.streams[name].delimiter
            buffer = self._open[name] = Buffer.new(file, name, self._clock(), len(delimiter))
        return buffer

    def _room(self, name: str) -> int:
        return self.streams[name].settings.buffer_mb * _MIB

    def _fitting(self, buffer: Buffer, records: Sequence[str]) -> int:
        """How many of the records fill the buffer: the last of them may reach beyond its size, no other."""
        size_bytes, room = buffer.size_bytes, self._room(buffer.stream)
        for place, record in enumerate(records):
            size_bytes += buffer.size_of(record)
            if size_bytes >= room:
                return place + 1
        return len(records)

    def _is_due(self, buffer: Buffer) -> bool:
        settings = self.streams[buffer.stream].settings
        old = self._clock() - buffer.arrival >= settings.buffer_seconds
        return buffer.count > 0 and (old or buffer.size_bytes >= self._room(buffer.stream))

    def _close(self, buffer: Buffer | None) -> None:
        """From now on the next record of its stream goes into another one."""
        if buffer is None or not buffer.count:
            return
        stream = self.streams[buffer.stream]
        key = object_key(stream.settings, _FIRST_VERSION, buffer.arrival, buffer.file.stem)
        buffer.close(ObjectToBe(key, stream.delimiter, stream.settings.compression))
        self._open.pop(buffer.stream, None)
        self._closed.append(buffer)

    def deliver_due(self) -> None:
        """Delivers the buffers that are full or have waited long enough.

        Raises OSError where one cannot be; the others are, and it is kept for the next time.
        """
        with self._changing:
            for buffer in [*self._open.values()]:
                if self._is_due(buffer):
                    self._close(buffer)
        self._deliver_closed()

    def deliver_all(self) -> None:
        """Delivers every record that was taken so far. Raises OSError as `deliver_due` does."""
        with self._changing:
            for buffer in [*self._open.values()]:
                self._close(buffer)
        self._deliver_closed()

    def _deliver_closed(self) -> None:
        failure: OSError | None = None
        with self._delivering:
            for buffer in [*self._closed]:
                try:
                    buffer.deliver(self._lake)
                    self._closed.remove(buffer)
                except OSError as error:
                    failure = failure or error
        if failure is not None:
            raise failure
