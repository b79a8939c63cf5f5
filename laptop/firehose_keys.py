"""Keys of the objects that Firehose makes: `<evaluated prefix><stream>-<version>-<time>-<uuid><ending>`."""

import re
from datetime import UTC, datetime
from secrets import choice
from string import ascii_letters, digits

from glue_jobs.contracts.delivery import EXPRESSION, RANDOM, TIME_PART, DeliveryStream

_RANDOM_LETTERS = 11
_WITHOUT_EXPRESSION = "yyyy/MM/dd/HH/"
_FORMATS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_LONGEST_NAME = 200
"""Of one part of a key: a file system takes 255 bytes, and a draft of the file has a longer name."""


def object_key(stream: DeliveryStream, version: int, arrival: float, uuid: str) -> str:
    """The key of an object whose oldest record came at `arrival` (epoch seconds)."""
    moment = datetime.fromtimestamp(arrival, UTC)
    name = f"{stream.name}-{version}-{moment:%Y-%m-%d-%H-%M-%S}-{uuid}{stream.extension}"
    return evaluated(stream.prefix, moment) + name


def evaluated(prefix: str, moment: datetime) -> str:
    """A prefix with every expression in it replaced; without any, the hour comes behind it."""
    if "!{" not in prefix:
        return prefix + _time(_WITHOUT_EXPRESSION, moment)
    return EXPRESSION.sub(lambda found: _value(found, moment), prefix)


def _value(found: re.Match[str], moment: datetime) -> str:
    if found[0] == RANDOM:
        return "".join(choice(ascii_letters + digits) for _ in range(_RANDOM_LETTERS))
    return _time(found[2], moment)


def _time(pattern: str, moment: datetime) -> str:
    """As Java's DateTimeFormatter has it: text in quotes stands for itself, two quotes for one."""
    return TIME_PART.sub(lambda part: _time_part(part[0], moment), pattern)


def _time_part(part: str, moment: datetime) -> str:
    if part in _FORMATS:
        return moment.strftime(_FORMATS[part])
    return part if part[0] != "'" else part[1:-1].replace("''", "'") or "'"


def fits_a_lake(key: str) -> bool:
    """Whether a key of S3 is a path below a folder as well, and one that readers of tables see."""
    parts = key.split("/")
    plain = all(part and part[0] not in "._" and len(part.encode()) <= _LONGEST_NAME for part in parts)
    return plain and "\\" not in key
