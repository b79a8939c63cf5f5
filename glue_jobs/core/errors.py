"""The kinds of everything that Sluice raises on purpose; a module may refine its own.

SluiceError
 ├── OptionError      an argument is missing, unknown or not understood
 ├── SourceError      a source cannot be read, or no longer has what was planned
 ├── SinkError        an output cannot be written
 ├── CatalogError     a table is unknown, or the catalogue refuses
 └── SetupError       the machine lacks something: Java, a port, a folder
"""

from glue_jobs.core.redaction import one_line


class SluiceError(Exception):
    """Base of all; its text is one line that names the thing, the value and what to do.

    Errors quote what others say: the line holds no credentials and no control characters, whatever they said.
    """

    def __init__(self, text: str) -> None:
        super().__init__(one_line(text))


class OptionError(SluiceError):
    """An argument is missing, unknown or not understood."""


class SourceError(SluiceError):
    """A source cannot be read, or no longer has what was planned."""


class SinkError(SluiceError):
    """An output cannot be written."""


class CatalogError(SluiceError):
    """A table is unknown, or the catalogue refuses."""


class SetupError(SluiceError):
    """The machine lacks something: Java, a port, a folder."""
