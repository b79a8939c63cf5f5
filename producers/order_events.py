"""Orders as a shop makes and changes them, as many events as wanted.

Ids are Faker's UUIDs. A few products are bought often and most seldom, customers come back, amounts are many
small and few large. An update is of an order made before: the same order, customer and product, a later time,
and another amount or another way to pay.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, TypeAlias

import orjson
from faker import Faker

from glue_jobs.contracts.orders import EVENT, INSERT, PAYMENT_METHODS, UPDATE
from producers.mobile_generator import ordered_fractions
from producers.record import Record
from producers.troubles import Troubled

Event: TypeAlias = dict[str, Any]

_PRODUCTS, _USERS = 200, 2_000
_REMEMBERED = 50_000
"""So many of the orders, the newest mostly, may still change: the memory of a producer has an end."""
_MEDIAN_AMOUNT_LOG, _AMOUNT_SPREAD = 4.0, 0.8  # half of the orders below e^4, some 55
_PAID_ANEW = 0.5
"""The share of updates that change how an order is paid; the others change its amount."""
_MICROSECOND = timedelta(microseconds=1)


def generate(count: int, p_update: float, start: datetime, span: timedelta, seed: int) -> Iterator[Record]:
    """`count` clean events in order of event time, over `span` from `start`; equal arguments, equal bytes.

    Each is an update with probability `p_update`, once there is an order. No two have the same time.
    """
    shop = _Shop(seed)
    moment = start.astimezone(UTC) - _MICROSECOND
    for fraction in ordered_fractions(count, shop.random):
        moment = max(start.astimezone(UTC) + fraction * span, moment + _MICROSECOND)
        is_update = shop.random.random() < p_update and shop.has_orders
        event = shop.changed_order() if is_update else shop.new_order()
        data = orjson.dumps({**event, **at(moment)})
        yield Record(data, "update" if is_update else "insert", moment.timestamp())


def at(moment: datetime) -> dict[str, str]:
    """The fields of an event that are others at another time."""
    return {EVENT.event_time: moment.isoformat(timespec="microseconds").replace("+00:00", "Z")}


class _Shop:
    """Its products, its customers, and the orders that may still change."""

    def __init__(self, seed: int) -> None:
        self._faker = Faker()
        self._faker.seed_instance(seed)
        self.random: Random = self._faker.random
        self._products = [self._id() for _ in range(_PRODUCTS)]
        self._popularity = list(accumulate(1 / place for place in range(1, _PRODUCTS + 1)))
        self._users = [self._id() for _ in range(_USERS)]
        self._orders: list[Event] = []

    @property
    def has_orders(self) -> bool:
        return bool(self._orders)

    def new_order(self) -> Event:
        order = {
            "order_id": self._id(),
            "user_id": self.random.choice(self._users),
            "product_id": self.random.choices(self._products, cum_weights=self._popularity)[0],
            "database_operation": INSERT,
            "amount": self._amount(),
            "payment_method": self.random.choice(PAYMENT_METHODS),
        }
        if len(self._orders) < _REMEMBERED:
            self._orders.append(order)
        else:
            self._orders[self.random.randrange(_REMEMBERED)] = order
        return order

    def changed_order(self) -> Event:
        """One of the orders after a change; the next change of it begins from there."""
        place = self.random.randrange(len(self._orders))
        order = self._orders[place] | {"database_operation": UPDATE}
        if self.random.random() < _PAID_ANEW:
            others = [method for method in PAYMENT_METHODS if method != order["payment_method"]]
            order["payment_method"] = self.random.choice(others)
        else:
            order["amount"] = self._amount(besides=order["amount"])
        self._orders[place] = order
        return order

    def _id(self) -> str:
        return str(self._faker.uuid4())

    def _amount(self, besides: float = 0.0) -> float:
        """An amount in whole hundredths, at least one of them, other than `besides`."""
        amount = max(round(self.random.lognormvariate(_MEDIAN_AMOUNT_LOG, _AMOUNT_SPREAD), 2), 0.01)
        return amount if amount != besides else round(amount + 0.01, 2)


TROUBLED = Troubled(
    contract=EVENT,
    wrong_types=(
        ("amount", "12.50"),
        ("order_id", 7),
        ("payment_method", ["pix"]),
        ("event_timestamp", 1_772_366_400),
        ("database_operation", True),
    ),
    out_of_range=(
        ("amount", -12.5),
        ("payment_method", "cash"),
        ("database_operation", "d"),
        ("user_id", ""),
        ("event_timestamp", "1999-12-31T23:59:59Z"),
    ),
    moved=at,
)
"""What troubles need to know of an event."""
