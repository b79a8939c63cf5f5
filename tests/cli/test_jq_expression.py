"""Mending by an expression in jq."""

import json

import pytest

from cli.jq_expression import mend_by
from glue_jobs.core.errors import OptionError
from glue_jobs.core.repair.mending import NotMended


def mended(expression: str, payload: bytes, raw_text: bool = False) -> object:
    """The object that an expression makes of a payload."""
    return json.loads(mend_by(expression, raw_text)(payload))


def test_a_field_is_changed_and_the_others_stay() -> None:
    """Letters beyond ASCII, too."""
    record = '{"signal": "12", "operator": "Telefónica \\u0000"}'.encode()
    assert mended(".signal |= tonumber", record) == {"signal": 12, "operator": "Telefónica \x00"}


def test_what_is_no_json_is_mended_as_a_text() -> None:
    """Bytes that are no UTF-8 stand in it as `show` prints them."""
    expression = r'gsub("\\\\xf3"; "ó") | ltrimstr("LOG ") | fromjson'
    assert mended(expression, b'LOG {"operator": "Telef\xf3nica"}', raw_text=True) == {
        "operator": "Telefónica"
    }


@pytest.mark.parametrize(
    ("expression", "payload", "said"),
    [
        (".", b"no json", "Invalid"),
        (".", b'{"operator": "\xf3"}', "Invalid escape"),
        (".", b'{"a": "\x00"}', None),
        (".a | tonumber", b'{"a": "x"}', "cannot be parsed as a number"),
        ('error("not this one")', b"{}", "not this one"),
        ("empty", b"{}", "it gives no result"),
        (".", b"", "it gives no result"),
        (".", b"{} {}", "it gives several results, not one"),
        ("., .", b"{}", "it gives several results, not one"),
        (".a", b'{"a": [1]}', r"it gives \[1\], which is no object"),
    ],
)
def test_what_gives_no_single_object_is_not_mended(expression: str, payload: bytes, said: str | None) -> None:
    """With the reason."""
    with pytest.raises(NotMended, match=said):
        mended(expression, payload)


def test_one_that_never_ends_is_left_after_its_second_result() -> None:
    """Nobody waits for the third."""
    with pytest.raises(NotMended, match="several results"):
        mended("repeat(.)", b"{}")


def test_an_expression_that_is_none_is_refused() -> None:
    """In one line."""
    with pytest.raises(OptionError, match=r"^--expression: got '\.a \|\|', which jq .*syntax error"):
        mend_by(".a ||", raw_text=False)
