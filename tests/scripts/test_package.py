"""The package has all that a job needs on Glue, and nothing that Glue brings; it can be made again."""

import hashlib
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from glue_jobs.core.errors import SetupError
from scripts.package.__main__ import main
from scripts.package.lock import Package
from scripts.package.own_wheel import build
from scripts.package.target import TARGETS, target_of
from scripts.package.wheels import fetch
from scripts.package.zipped import write_zip

ROOT = Path(__file__).resolve().parent.parent.parent
GLUE_6 = target_of("6.0")
JOBS = "glue_jobs.streaming.mobile_coverage, glue_jobs.batch.orders_processed"


def made(folder: Path, capsys: pytest.CaptureFixture[str], glue: str = "6.0") -> Path:
    """The package, made in the folder; where the index cannot be asked, the test is skipped, but in CI."""
    code = main(["--glue", glue, "--output", str(folder)])
    said = capsys.readouterr().err
    if "does not answer" in said and "CI" not in os.environ:
        pytest.skip(said)
    assert (code, said) == (0, "")
    return folder / f"sluice-glue-{glue}.gluewheels.zip"


def names_in(package: Path) -> list[str]:
    """The entries of the zip."""
    with ZipFile(package) as content:
        return content.namelist()


def own_wheel(folder: Path) -> Path:
    """The project's own wheel, built in the folder."""
    (folder / "work").mkdir(parents=True)
    build(ROOT, folder / "work", folder / "out")
    [wheel] = (folder / "out").iterdir()
    return wheel


def test_a_job_starts_from_what_glue_installs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Installed as Glue does it, the package is what jobs import, with Glue's Spark beside it.

    It is the package of the Glue whose Python runs the tests.
    """
    (glue,) = (one.glue for one in TARGETS if one.python == f"3.{sys.version_info.minor}")
    # Without the repository on the path: pip would find the project there, and install nothing.
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with ZipFile(made(tmp_path, capsys, glue)) as content:
        content.extractall(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
    command += ["--no-deps", "--find-links", "wheels", "-r", "wheels/requirements.txt"]
    subprocess.run(command, check=True, cwd=tmp_path, env=clean)
    [installed] = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (installed / "what_glue_brings.pth").write_text(f"{site.getsitepackages()[0]}\n")
    (tmp_path / "empty").mkdir()

    program = (
        f"import {JOBS}, great_expectations, msgspec, pyspark\n"
        "for module in (glue_jobs, great_expectations, msgspec, pyspark): print(module.__file__)"
    )
    done = subprocess.run(
        [python, "-c", program], cwd=tmp_path / "empty", env=clean, capture_output=True, text=True, check=True
    )

    ours, expectations, parser, spark = (Path(line) for line in done.stdout.splitlines())
    assert {one.parent.parent for one in (ours, expectations, parser)} == {installed}
    assert not spark.is_relative_to(tmp_path)


@pytest.mark.parametrize("glue", ["6.0", "5.1"])
def test_two_packages_of_the_same_files_are_the_same_bytes(
    glue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its hash names the environment on Glue, so it changes with the content and with nothing else."""
    first = made(tmp_path / "first", capsys, glue)
    second = made(tmp_path / "second", capsys, glue)
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_a_package_lacks_what_glue_brings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Spark is Glue's, and pandas is there in the locked version; what Glue lacks is in the package."""
    names = names_in(made(tmp_path, capsys))
    distributions = {name.removeprefix("wheels/").split("-")[0] for name in names}
    assert names[0] == "wheels/requirements.txt"
    assert names[1:] == sorted(names[1:])
    assert (
        distributions & {"pyspark", "py4j", "pandas", "numpy", "pyarrow", "boto3", "pytest", "moto"} == set()
    )
    assert distributions >= {"sluice", "msgspec", "great_expectations", "typing_extensions"}


def test_the_projects_wheel_has_the_files_that_code_reads(tmp_path: Path) -> None:
    """Whatever lies beside the code is in the wheel, and only what a job needs."""
    beside = [file for folder in ("glue_jobs", "crawlers") for file in (ROOT / folder).rglob("*")]
    wanted = {
        file.relative_to(ROOT).as_posix()
        for file in beside
        if file.is_file() and "__pycache__" not in file.parts
    }
    there = {name for name in names_in(own_wheel(tmp_path)) if ".dist-info/" not in name}
    assert there == wanted
    assert "glue_jobs/core/log4j2.properties" in there


def test_the_projects_wheel_is_the_same_whenever_it_is_built(tmp_path: Path) -> None:
    """Neither the folder, nor the dates of files, nor what the user's files may be read by, is in it."""
    first = own_wheel(tmp_path / "a")
    before = os.umask(0o077)
    try:
        second = own_wheel(tmp_path / "another")
    finally:
        os.umask(before)
    assert first.read_bytes() == second.read_bytes()


def test_the_zip_tells_nothing_of_its_making(tmp_path: Path) -> None:
    """Given wheels in another order and of another day, it is the same."""
    first = own_wheel(tmp_path / "a")
    copy = tmp_path / "b" / first.name.replace("sluice", "b_sluice")
    copy.parent.mkdir()
    shutil.copyfile(first, copy)
    copy.chmod(0o600)
    write_zip(tmp_path / "1.zip", [first, copy])
    os.utime(copy, (10**9, 10**9))
    copy.chmod(0o644)
    write_zip(tmp_path / "2.zip", [copy, first])
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_lock_without_a_wheel_for_glue_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel of another system is none."""
    wheel = tmp_path / "only_elsewhere-1-cp313-cp313-win_amd64.whl"
    wheel.write_bytes(b"")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    package = Package("only-elsewhere", "1", (hashlib.sha256(b"").hexdigest(),))
    (tmp_path / "out").mkdir()
    with pytest.raises(
        SetupError,
        match=r"requirements.lock: the package index has no wheel of only-elsewhere==1 for Python 3\.13, x",
    ):
        fetch([package], GLUE_6, tmp_path / "out")


def test_a_silent_index_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for an index that lacks the wheel."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    with pytest.raises(SetupError, match=r"requirements.lock: the package index does not answer: .*refused"):
        fetch([Package("some", "1", ("0" * 64,))], GLUE_6, tmp_path)


def test_a_glue_that_no_package_is_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code says that an argument is wrong."""
    assert main(["--glue", "4.0"]) == 2
    assert capsys.readouterr().err == "package: --glue: no package is made for Glue '4.0'; give 6.0 or 5.1\n"
