"""What would be cheaper is the same bill with one thing changed."""

import pytest

from cost.bill import total
from cost.cheaper import savings
from cost.limits import warnings
from cost.load import Load
from cost.prices import Prices
from cost.settings import NAMES, Settings, default_settings, overridden
from cost.stacks import bill_of


def stacks(*names: str, **changed: object) -> dict[str, Settings]:
    """Their settings, with these changed."""
    return overridden({name: default_settings(name) for name in names}, changed.items())


def saved(settings: dict[str, Settings], load: Load, prices: Prices) -> dict[str, float]:
    """USD a month by change."""
    return {saving.change.what: saving.usd for saving in savings(settings, load, prices)}


def test_a_saving_is_the_difference_of_two_bills(prices: Prices) -> None:
    """With the trigger at 60 seconds a third of the batches is left."""
    before, after = (
        total(bill_of(stacks("mobile_coverage", trigger_seconds=seconds), Load(), prices))
        for seconds in (20, 60)
    )
    found = saved(stacks("mobile_coverage"), Load(), prices)
    assert found["trigger_seconds = 60"] == pytest.approx(before - after)


def test_a_day_less_of_retention_saves_a_shard_and_a_third(prices: Prices) -> None:
    """720 hours at 0.02."""
    found = saved(stacks("mobile_coverage", retention_hours=48), Load(), prices)
    assert found["retention_hours = 24"] == pytest.approx(14.4)


def test_the_greatest_saving_comes_first_and_none_is_a_loss(prices: Prices) -> None:
    """Of all three stacks."""
    found = [saving.usd for saving in savings(stacks(*NAMES), Load(), prices)]
    assert found == sorted(found, reverse=True)
    assert min(found) >= 0.01


def test_what_is_chosen_already_is_not_named(prices: Prices) -> None:
    """Nor is what would cost more: on demand, at this load."""
    found = saved(stacks("mobile_coverage"), Load(), prices)
    assert not {"glue_version = 6.0", "streaming_worker_type = G.025X, 2 of them"} & set(found)
    assert "stream_mode = ON_DEMAND" not in found


def test_spare_shards_are_named(prices: Prices) -> None:
    """2,500 records/s need three of the five: 1,440 hours at 0.015 and 0.02, and files of fewer readers."""
    settings = stacks("mobile_coverage", shard_count=5, retention_hours=48)
    found = saved(settings, Load(records_per_second=2500), prices)
    assert found["shard_count = 3"] > 1440 * 0.035


def test_older_glue_and_larger_workers_have_their_alternatives(prices: Prices) -> None:
    """Each is worked out beside the settings that are given."""
    settings = stacks("mobile_coverage", glue_version="5.1", streaming_worker_type="G.1X")
    found = saved(settings, Load(), prices)
    assert found["glue_version = 6.0"] > 100
    assert found["streaming_worker_type = G.025X, 2 of them"] > 400


@pytest.mark.parametrize(
    ("rate", "changed", "expected"),
    [
        (1000, {}, []),
        (
            1001,
            {},
            [
                "mobile_coverage: 1001 records/s of 313 bytes need 2 shards, and shard_count is 1; a shard "
                "takes 1,000 records and 1 MiB a second"
            ],
        ),
        (4000, {"stream_mode": "ON_DEMAND"}, []),
        (
            4001,
            {"stream_mode": "ON_DEMAND"},
            [
                "mobile_coverage: 4001 records/s of 313 bytes are more than a new stream on demand takes "
                "(4,000 records and 4 MiB a second); it grows within minutes"
            ],
        ),
        (
            300_000,
            {"shard_count": 300},
            [
                "mobile_coverage: 300000 records/s are more than the 272,000 that so many cores were "
                "measured to do; take more workers or larger ones"
            ],
        ),
    ],
)
def test_a_load_that_does_not_fit_is_named(
    rate: float, changed: dict[str, object], expected: list[str]
) -> None:
    """At its limit it fits."""
    assert warnings(stacks("mobile_coverage", **changed), Load(records_per_second=rate)) == expected


def test_what_firehose_does_not_take_is_named() -> None:
    """5 MiB a second are 19,562 orders of 268 bytes."""
    assert warnings(stacks("orders"), Load(records_per_second=19_562)) == []
    assert "more than Firehose takes" in warnings(stacks("orders"), Load(records_per_second=19_563))[0]
