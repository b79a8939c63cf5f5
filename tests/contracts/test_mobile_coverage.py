"""The decisions of the mobile coverage contract."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DoubleType, IntegerType, StringType, TimestampType

from glue_jobs.contracts.mobile_coverage import EVENT, ine_code, lower_case, operator_name

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzáéíóúàèòçñü0123456789", min_size=1, max_size=8)
NAMES = st.lists(LETTERS, min_size=1, max_size=4)
SPACES = st.text(" \t\u00a0", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Movistar", "Movistar"),
        ("movistar", "Movistar"),
        ("vodafone ES", "Vodafone"),
        ("Vodafone", "Vodafone"),
        ("Orange", "Orange"),
        ("VIVO", "VIVO"),
        ("GETESA", "GETESA"),
        ("DTAC", "DTAC"),
        ("Yoigo", "Yoigo"),
        ("YOIGO", "Yoigo"),
        ("JAZZTEL", "Jazztel"),
        ("Jazztel", "Jazztel"),
        ("RACC", "RACC"),
        ("pepephone", "Pepephone"),
        ("Pepephone", "Pepephone"),
        ("Tuenti", "Tuenti"),
        ("Eroski Movil", "Eroski Movil"),
        ("simyo", "Simyo"),
        ("Simyo", "Simyo"),
        ("PARLEM", "PARLEM"),
        ("ONO", "ONO"),
        ("Solo llamadas de emergencia", "Emergency Calls Only"),
        (" movistar\t", "Movistar"),
        ("eroski  movil", "Eroski Movil"),
        ("a new operator", "A New Operator"),
    ],
)
def test_an_operator_has_one_name(spelling: str, name: str) -> None:
    """Every spelling seen in the data is aggregated under the operator's one name."""
    assert operator_name(spelling) == name


@pytest.mark.parametrize("text", ["", "  ", "null", "NULL", "None", "unknown", "?????"])
def test_an_operator_that_says_unknown_is_unknown(text: str) -> None:
    """Literal words for "not known" become null."""
    assert operator_name(text) is None


@given(NAMES)
def test_an_operators_name_is_its_own_spelling(words: list[str]) -> None:
    """What was brought to its one name once stays as it is."""
    name = operator_name(" ".join(words))

    assert name is None or operator_name(name) == name


@given(NAMES, SPACES, st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_spacing_never_tell_operators_apart(words: list[str], space: str, case: object) -> None:
    """However it is written, the same letters are the same operator."""
    assert callable(case)

    assert operator_name(space + case(space.join(words)) + space) == operator_name(" ".join(words))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("80193.0", "080193"),
        ("171032.0", "171032"),
        ("80193", "080193"),
        ("080193", "080193"),
        (" 080193 ", "080193"),
        ("", None),
        (" ", None),
    ],
)
def test_a_municipality_code_has_six_digits(written: str, code: str | None) -> None:
    """The leading zero that a float lost comes back; nothing stays nothing."""
    assert ine_code(written) == code


@given(st.integers(10_000, 999_999))
def test_a_municipality_code_is_mended_from_its_float(code: int) -> None:
    """A code, as a float, gives the code again, and mending twice changes nothing."""
    mended = ine_code(str(float(code)))

    assert mended == f"{code:06d}"
    assert ine_code(mended) == mended


@pytest.mark.parametrize(
    ("written", "provider"),
    [("gps", "gps"), ("GPS", "gps"), (" NETWORK ", "network"), ("", None), ("null", None)],
)
def test_a_provider_is_in_lower_case(written: str, provider: str | None) -> None:
    """`GPS` and `gps` are one provider."""
    assert lower_case(written) == provider


def test_the_event_has_the_fifteen_attributes() -> None:
    """Names, types and which may be null, in order."""
    fields = [(field.name, field.dataType, field.nullable) for field in EVENT.schema]

    assert fields == [
        ("timestamp", TimestampType(), False),
        ("hour", StringType(), False),
        ("lat", DoubleType(), False),
        ("long", DoubleType(), False),
        ("signal", IntegerType(), True),
        ("network", StringType(), True),
        ("operator", StringType(), True),
        ("status", IntegerType(), False),
        ("description", StringType(), True),
        ("speed", DoubleType(), True),
        ("satellites", IntegerType(), True),
        ("precission", DoubleType(), True),
        ("provider", StringType(), False),
        ("activity", StringType(), True),
        ("postal_code", StringType(), True),
    ]


def test_every_field_has_a_meaning() -> None:
    """No field is left without words."""
    assert [field.name for field in EVENT.schema if not field.metadata.get("meaning")] == []


def test_numbers_have_unit_and_range() -> None:
    """The status is a code, which has no unit; all else that is a number is measured in something."""
    rules = {
        field.name: (field.metadata.get("unit"), field.metadata.get("minimum"), field.metadata.get("maximum"))
        for field in EVENT.schema
        if isinstance(field.dataType, (IntegerType, DoubleType))
    }

    assert rules == {
        "lat": ("degrees", -90, 90),
        "long": ("degrees", -180, 180),
        "signal": ("ASU", 0, 97),
        "status": (None, 0, 3),
        "speed": ("km/h", 0, 255),
        "satellites": ("1", 0, 99),
        "precission": ("m", 0, 10_000),
    }


def test_a_sentinel_lies_outside_the_range() -> None:
    """99 says that the signal is unknown, so it is no signal."""
    signal = EVENT.schema["signal"].metadata

    assert signal["unknown"] == 99
    assert signal["unknown"] > signal["maximum"]


def test_every_rule_is_one_that_contracts_know() -> None:
    """A misspelt rule would hold nobody back."""
    known = {"meaning", "unit", "minimum", "maximum", "allowed", "pattern", "unknown"}

    assert {rule for field in EVENT.schema for rule in field.metadata} <= known


def test_patterns_and_spellings_belong_to_texts() -> None:
    """A pattern compiles and stands at a text; a spelling is that of a text of the event."""
    texts = {field.name for field in EVENT.schema if isinstance(field.dataType, StringType)}
    patterns = {
        field.name: field.metadata["pattern"] for field in EVENT.schema if "pattern" in field.metadata
    }

    assert set(patterns) | set(EVENT.spellings) <= texts
    assert all(re.compile(pattern) for pattern in patterns.values())


def test_allowed_words_are_spelled_canonically() -> None:
    """A word is compared after it was spelled, so the list holds canonical spellings."""
    allowed = EVENT.schema["provider"].metadata["allowed"]

    assert [EVENT.spellings["provider"](word) for word in allowed] == ["gps", "fused", "network", "disabled"]


def test_windows_watermark_and_event_time() -> None:
    """Two minutes, ten minutes late, five minutes ahead, since 2000."""
    assert (EVENT.window, EVENT.watermark, EVENT.max_ahead) == (
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=5),
    )
    assert EVENT.event_time == "timestamp"
    earliest = datetime.fromisoformat(EVENT.schema["timestamp"].metadata["minimum"])
    assert earliest == datetime(2000, 1, 1, tzinfo=UTC)
