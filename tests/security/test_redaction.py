"""What is shown holds no credentials and nothing that a terminal obeys, whoever wrote it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from traceback import format_exception

import pytest

from cli.main import main
from glue_jobs.contracts.mobile_coverage import TABLES
from glue_jobs.core.catalog import register_tables
from glue_jobs.core.errors import SluiceError, SourceError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.redaction import one_line, redacted, traceback_of
from glue_jobs.core.runtime import run_job
from glue_jobs.core.sources.kinesis_stream import KinesisStream, kinesis_errors
from producers.kinesis_producer import main as produce

KEY_ID = "AKIA" + "QYLPMN5HFICT7OUB"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYnotarealkey"
TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ"
PASSWORD = "hunter2secret"
SECRETS = (KEY_ID, SECRET, TOKEN, PASSWORD)


class Refusing(BaseHTTPRequestHandler):
    """Refuses every call as AWS does one whose signature is wrong: with the headers it was signed with."""

    def do_POST(self) -> None:
        said = (
            "The request signature we calculated does not match the signature you provided. "
            "The Canonical String for this request should have been\n"
            f"'POST\n/\n\nhost:h\nx-amz-security-token:{TOKEN}\n\nhost'\n"
        )
        body = json.dumps({"__type": "InvalidSignatureException", "message": said}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST  # noqa: N815 - names that the server calls

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=["refusing", "nobody", "no URL"])
def no_aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS whose address has user and password: it refuses, or is not there, or the address is none."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    places = {"refusing": f"127.0.0.1:{server.server_port}", "nobody": "127.0.0.1:9", "no URL": "nowhere"}
    scheme = "" if request.param == "no URL" else "http://"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scheme}user:{PASSWORD}@{places[request.param]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    yield
    server.shutdown()
    server.server_close()


OPTIONS = StreamOptions(
    lake_uri="s3://bucket/lake", checkpoint_uri="s3://bucket/checkpoint", stream_name="stream"
)


def list_the_shards() -> None:
    """The first call of the source `kinesis`."""
    KinesisStream("stream", pause=lambda seconds: None).shards()


@pytest.mark.parametrize("traceback", ["", "1"])
@pytest.mark.usefixtures("no_aws")
def test_no_secret_is_said_by_a_job_that_cannot_reach_its_catalogue(
    traceback: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in its one line nor in the traceback that is asked for."""
    monkeypatch.setenv("SLUICE_TRACEBACK", traceback)

    def main(argv: object) -> None:
        register_tables(OPTIONS, TABLES)

    assert run_job(main, ["job"]) == 1

    said = capsys.readouterr()
    assert "the Glue catalogue refused" in said.err
    assert [secret for secret in SECRETS if secret in said.out + said.err] == []


@pytest.mark.usefixtures("no_aws")
def test_no_secret_is_said_by_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    """What AWS says of a refused request goes into the error, without the token that it repeats."""
    with pytest.raises(SourceError, match="stream stream: ") as caught, kinesis_errors("stream"):
        list_the_shards()

    assert [secret for secret in SECRETS if secret in str(caught.value) + traceback_of(caught.value)] == []


@pytest.mark.usefixtures("no_aws")
def test_no_secret_is_said_by_the_producer(capsys: pytest.CaptureFixture[str]) -> None:
    """It has one line for what stopped it."""
    assert produce(["--stream_name", "stream"]) == 1

    said = capsys.readouterr()
    assert "stream stream in us-east-1" in said.err
    assert [secret for secret in SECRETS if secret in said.out + said.err] == []


@pytest.mark.usefixtures("no_aws")
def test_no_secret_is_said_by_a_verb_that_cannot_reach_s3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place that cannot be read is one line, too."""
    monkeypatch.setenv("SLUICE_TRACEBACK", "1")

    assert main(["doctor", "s3://bucket/checkpoint"]) == 1

    said = capsys.readouterr()
    assert "\nsluice: --checkpoint_uri s3://bucket/checkpoint: " in said.err
    assert "s3://bucket/checkpoint/metadata: " in said.err
    assert [secret for secret in SECRETS if secret in said.out + said.err] == []


@pytest.mark.usefixtures("no_aws")
def test_no_secret_is_in_what_glue_shows_of_a_failed_run() -> None:
    """Glue prints what is raised with all its causes: those that hold a secret are cut off."""

    def main(argv: object) -> None:
        with kinesis_errors("stream"):
            list_the_shards()

    with pytest.raises(SourceError) as caught:
        run_job(main, ["job", "--JOB_NAME", "etl"])

    shown = "".join(format_exception(caught.value))
    assert [secret for secret in SECRETS if secret in shown] == []


def test_causes_without_secrets_are_shown_on_glue() -> None:
    """They say where it comes from."""

    def main(argv: object) -> None:
        try:
            raise ValueError("the disk is full")
        except ValueError as error:
            raise SourceError("files: cannot be read") from error

    with pytest.raises(SourceError) as caught:
        run_job(main, ["job", "--JOB_NAME", "etl"])

    assert "the disk is full" in "".join(format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"to https://user:{PASSWORD}@host:1/a?b", "to https://***@host:1/a?b"),
        (f"https://user:a/b@c{PASSWORD}@host/", "https://***@host/"),
        ("https://token@host", "https://***@host"),
        ("s3://bucket/a@b and file:///a/b@c", "s3://bucket/a@b and file:///a/b@c"),
        (
            f"GET https://b.s3.amazonaws.com/k?X-Amz-Credential={KEY_ID}%2F20261122&X-Amz-Security-Token={TOKEN}"
            "&X-Amz-Signature=9f2c&x=1",
            "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Security-Token=***"
            "&X-Amz-Signature=***&x=1",
        ),
        (f"x-amz-security-token:{TOKEN}\n\nhost", "x-amz-security-token:***\n\nhost"),
        (
            f"Authorization: Credential={KEY_ID}/x, Signature=9f2c",
            "Authorization: Credential=***/x, Signature=***",
        ),
        ("operator AKIA, 20 characters", "operator AKIA, 20 characters"),
    ],
)
def test_credentials_in_a_text_are_hidden(text: str, shown: str) -> None:
    """User and password in a URL, a pre-signed URL, a repeated header; nothing else."""
    assert redacted(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wiped \x1b[2J\x1b]0;title\x07", r"wiped \x1b[2J\x1b]0;title\x07"),
        ("first\n  second\r\nthird\tx", "first second third x"),
        ("C1 \x9b31m and NUL \x00", r"C1 \x9b31m and NUL \x00"),
        ("turned \u202egnp.exe", r"turned \u202egnp.exe"),
        ("Cèl·lules 移动 📶", "Cèl·lules 移动 📶"),
    ],
)
def test_an_error_is_one_printable_line(text: str, shown: str) -> None:
    """Whatever a file name, a record or a server put into it; letters of any script are themselves."""
    assert (str(SluiceError(text)), one_line(text)) == (shown, shown)
