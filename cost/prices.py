"""The prices of `terraform/prices.json`: dated, of one region, each with its source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from glue_jobs.core.errors import SetupError

FILE = Path(__file__).resolve().parent.parent / "terraform" / "prices.json"


@dataclass(frozen=True)
class Price:
    """What one `unit` costs, in USD; `note` says what is uncertain about it."""

    name: str
    usd: float
    unit: str
    source: str
    note: str


@dataclass(frozen=True)
class Prices:
    """Prices by name, as they were on a day."""

    as_of: date
    region: str
    by_name: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.by_name[name]


@cache
def read_prices(file: Path = FILE) -> Prices:
    """The prices of a file.

    Raises:
        SetupError: there is no such file, as where only the packages were installed.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetupError(f"{file}: no such file; run this from a checkout of the project") from None
    by_name = {name: Price(name, **price) for name, price in told["prices"].items()}
    return Prices(date.fromisoformat(told["as_of"]), told["region"], by_name)
