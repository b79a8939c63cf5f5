"""Mending by an expression in jq."""

import json
import signal
import subprocess
import sys
from pathlib import Path

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


def test_what_is_nested_too_deep_to_be_written_is_not_mended() -> None:
    """It is no end of the command."""
    with pytest.raises(NotMended, match="recursion"):
        mended("reduce range(20000) as $i (.; {a: .})", b"{}")


def ticks_of(process: int) -> int:
    """Processor time that it has used itself, in ticks of the clock (proc(5))."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11])


def test_ctrl_c_ends_an_expression_without_an_end() -> None:
    """Python alone would heed it when jq is through."""
    program = (
        "from cli.jq_expression import mend_by\n"
        "mend = mend_by('def f: f; f', raw_text=False)\n"
        "print('begun', flush=True)\n"
        "mend(b'{}')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        begun = ticks_of(running.pid)
        while ticks_of(running.pid) < begun + 20:
            pass  # it is jq by now that is busy
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == -signal.SIGINT
