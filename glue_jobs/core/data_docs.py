"""Data Docs: what was found of each suite, as pages that a person opens in a browser, without a network.

    resources/data_docs/orders/index.html                                            the newest, as below
    resources/data_docs/orders/results/20241120T120000000000Z-raw_orders-passed.html

Each page is whole by itself. The newest results stay, `_KEPT` of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from glue_jobs.core.data_docs_page import Past, page
from glue_jobs.core.errors import SinkError
from glue_jobs.core.storage import Storage
from glue_jobs.core.validation import Verdict

FOLDER = "resources/data_docs"

_KEPT = 100
_STAMP = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"(\d{8}T\d{12}Z)-(\w+)-(passed|refused)\.html")


@dataclass(frozen=True)
class DataDocs:
    """The Data Docs of one pipeline in a lake; `now` is the clock, in UTC."""

    lake: Storage
    pipeline: str
    now: Callable[[], datetime]

    @property
    def index(self) -> str:
        """Where the newest result is."""
        return f"{self.lake.uri}/{self._folder}/index.html"

    @property
    def _folder(self) -> str:
        return f"{FOLDER}/{self.pipeline}"

    def keep(self, verdict: Verdict) -> None:
        """Write a page of this result and make it the newest; the oldest ones go.

        Raises:
            SinkError: it cannot be written.
        """
        time = self.now()
        outcome = "refused" if verdict.failing else "passed"
        name = f"{time.strftime(_STAMP)}-{verdict.suite.name}-{outcome}.html"
        try:
            self._write(f"results/{name}", page(verdict, time, [], "../index.html"))
            newest_first = sorted(self._results(), reverse=True)
            past = [_past(one) for one in newest_first[:_KEPT]]
            self._write("index.html", page(verdict, time, past, None))
            self.lake.delete_files(f"{self._folder}/results/{one}" for one in newest_first[_KEPT:])
        except OSError as error:
            raise SinkError(f"cannot write Data Docs {self.index}: {error}") from error

    def _results(self) -> list[str]:
        folder = f"{self._folder}/results"
        names = [file.path.removeprefix(f"{folder}/") for file in self.lake.list_files(folder)]
        return [name for name in names if _NAME.fullmatch(name)]

    def _write(self, name: str, text: str) -> None:
        with self.lake.new_file(f"{self._folder}/{name}") as file:
            file.write(text.encode())


def _past(name: str) -> Past:
    stamp, suite, outcome = re.findall(_NAME, name)[0]
    return Past(f"results/{name}", datetime.strptime(f"{stamp}+0000", f"{_STAMP}%z"), suite, outcome)
