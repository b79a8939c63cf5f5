"""The bytes of a landed object, unpacked as far as they can be.

Whether an object is gzipped says its content, which begins with gzip's two bytes, and not its name: JSON
begins with none of them. So neither a name that lost its `.gz` nor one that has it for nothing does harm.
"""

import zlib
from collections.abc import Callable, Iterator

from glue_jobs.core.record_text import PIECE_BYTES

_GZIP = b"\x1f\x8b"
_GZIP_MEMBER = 31
"""What zlib calls a stream with the header and the checksum of gzip."""


class Unpacked:
    """The content in pieces of no more than `PIECE_BYTES`; all of it that comes before any damage.

    `broken` turns true where the packed bytes end too early, cannot be unpacked, or do not match their
    checksum: after the last piece was given, and before the end of the pieces is.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.broken = False

    def pieces(self) -> Iterator[bytes]:
        """The pieces, once."""
        piece = self._read(PIECE_BYTES)
        if piece.startswith(_GZIP):
            yield from self._members(piece)
            return
        while piece:
            yield piece
            piece = self._read(PIECE_BYTES)

    def _members(self, packed: bytes) -> Iterator[bytes]:
        """Gzip's members one after the other; zeros between and after them are padding."""
        while packed:
            member = zlib.decompressobj(_GZIP_MEMBER)
            yield from self._member(member, packed)
            if not member.eof:
                self.broken = True
                return
            packed = self._after_padding(member.unused_data)

    def _after_padding(self, packed: bytes) -> bytes:
        packed = packed.lstrip(b"\0")
        while not packed and (piece := self._read(PIECE_BYTES)):
            packed = piece.lstrip(b"\0")
        return packed

    def _member(self, member: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
        """What one member holds, or its part before the damage."""
        while packed:
            before = member.copy()
            try:
                piece = member.decompress(packed, PIECE_BYTES)
            except zlib.error:
                yield _before_damage(before, packed)
                return
            if piece:
                yield piece
            if member.eof:
                return
            packed = member.unconsumed_tail or self._read(PIECE_BYTES)
        yield member.flush()


def _before_damage(member: "zlib._Decompress", packed: bytes) -> bytes:
    """What zlib unpacks byte by byte, for it gives nothing of a piece that fails."""
    found = bytearray()
    try:
        for at in range(len(packed)):
            found += member.decompress(packed[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)
