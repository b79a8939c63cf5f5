"""The key of an event: equal payloads have equal ones, and where fields are named, equal values of these."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.contracts.mobile_coverage import EVENT
from glue_jobs.core.decode import Decoder
from glue_jobs.core.errors import OptionError
from glue_jobs.core.event_keys import EVENT_KEY, PAYLOAD, chosen_key
from glue_jobs.core.judge import Rejection
from tests.core.test_decode_of_any_records import BESIDE, MILD, ONE
from tests.decoding import JUDGE, decode
from tests.events import ARRIVAL, payload, payload_with, records

FIELDS = ("timestamp", "signal", "operator", "lat")
COLUMNS = ("provider",)
BY_PAYLOAD, BY_FIELDS = (Decoder(EVENT, COLUMNS, key) for key in (PAYLOAD, FIELDS))


def keys(decoder: Decoder, payloads: list[bytes]) -> list[bytes]:
    """The keys of the accepted records, in the order of the rows."""
    found: list[bytes] = decode(records(payloads), decoder).accepted[EVENT_KEY].to_pylist()
    return found


def key(decoder: Decoder, one: bytes) -> bytes:
    """The key of a record that is accepted."""
    (only,) = keys(decoder, [one])
    return only


def identity(one: bytes, fields: tuple[str, ...]) -> object:
    """The model: the values that the judge finds; the payload where one is unknown, or none asked for."""
    values: Any = JUDGE.judge(one, ARRIVAL)
    known = tuple(values[name] for name in fields)
    return one if None in known or not fields else known


@given(st.lists(MILD | BESIDE | ONE.map(lambda one: one[0] or b""), max_size=12))
@pytest.mark.parametrize(
    ("decoder", "fields"), [(BY_PAYLOAD, ()), (BY_FIELDS, FIELDS)], ids=["payload", "fields"]
)
def test_records_have_one_key_if_and_only_if_they_are_one_event(
    decoder: Decoder, fields: tuple[str, ...], payloads: list[bytes]
) -> None:
    """Whether they are decoded in columns or one by one; rows come in the order of the records."""
    accepted = [one for one in payloads if not isinstance(JUDGE.judge(one, ARRIVAL), Rejection)]
    found = decode(records(payloads), decoder).accepted

    def provider(one: bytes) -> object:
        values: Any = JUDGE.judge(one, ARRIVAL)
        return values["provider"]

    assert found["provider"].to_pylist() == [provider(one) for one in accepted]
    assert found[EVENT_KEY].to_pylist() == [key(decoder, one) for one in accepted]
    of_keys = {key(decoder, one): identity(one, fields) for one in accepted}
    assert len(set(of_keys)) == len(set(of_keys.values())) == len({identity(one, fields) for one in accepted})


def test_rows_stay_in_order_where_one_is_judged_by_itself() -> None:
    """The columns are not sure of a required field that stands twice, once without a value."""
    oddly = b'{"status": null, ' + payload(signal=2, provider="fused")[1:]
    sent = [payload(signal=1), oddly, payload(signal=3, provider="network")]
    for decoder in (BY_PAYLOAD, BY_FIELDS):
        found = decode(records(sent), decoder).accepted
        assert found["provider"].to_pylist() == ["gps", "fused", "network"]
        assert found[EVENT_KEY].to_pylist() == [key(decoder, one) for one in sent]


def test_where_a_field_is_unknown_the_payload_is_the_key() -> None:
    """Two events of which nothing tells that they are one stay two."""
    one, other = (payload(signal=99, provider=provider) for provider in ("gps", "fused"))
    assert key(BY_FIELDS, one) == key(BY_PAYLOAD, one) != key(BY_FIELDS, other)


def test_a_key_stays_the_same_from_version_to_version() -> None:
    """It is in the state of queries: another one would let repeats through after a start."""
    assert key(BY_PAYLOAD, payload_with('"signal": 1')) == bytes.fromhex("a788c4fa2d0294e68f47be2cf1501008")
    assert key(BY_FIELDS, payload()) == bytes.fromhex("5e0a711a1e1dbca8157df56d63e960ea")


def test_the_columns_are_those_that_were_asked_for() -> None:
    """What only the key needs goes no further; also where there is no record."""
    for payloads in ([payload()], []):
        accepted = decode(records(payloads), BY_FIELDS).accepted
        assert accepted.column_names == ["event_time", "provider", "event_key"]
    assert BY_FIELDS.decode([], ARRIVAL).accepted.column_names == ["event_time", "provider", "event_key"]


def test_fields_are_taken_in_the_order_of_the_contract() -> None:
    """So that the order in which they are given makes no other key."""
    assert chosen_key(("lat", "timestamp", "lat"), EVENT) == ("timestamp", "lat")
    assert chosen_key(("payload",), EVENT) == PAYLOAD
    assert chosen_key(None, EVENT) == ()


@pytest.mark.parametrize(
    ("given_names", "wrong"), [(("device",), "device"), (("lat", "payload"), "payload"), (("",), "")]
)
def test_what_is_no_field_is_refused(given_names: tuple[str, ...], wrong: str) -> None:
    """With what there is to choose from."""
    text = (
        f"--deduplicate: got {wrong!r}; give payload alone, or fields of mobile_coverage with commas between"
    )
    with pytest.raises(OptionError, match=text):
        chosen_key(given_names, EVENT)
