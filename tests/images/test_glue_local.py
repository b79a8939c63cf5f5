"""What the image of Glue 6.0 installs is what a job finds on Glue 6.0; the suite's tests run in both images.

Run by `make test-images`, which installs below folders as the images do, and names them in SLUICE_GLUE
and SLUICE_GLUE_5.
"""

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLUE = ROOT / "scripts" / "glue_packages"


def python() -> Path:
    """The Python of the image."""
    return Path(os.environ["SLUICE_GLUE"]).resolve() / "bin" / "python"


def installed() -> dict[str, str]:
    """The version of each package there."""
    program = (
        "import importlib.metadata as m, json\n"
        "print(json.dumps({one.name.lower().replace('_', '-'): one.version for one in m.distributions()}))"
    )
    done = subprocess.run([python(), "-c", program], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_libraries_are_those_of_glue_but_for_what_the_package_brings() -> None:
    """Each in Glue's version, or in the one that the package puts before it."""
    shipped = set(tomllib.loads((GLUE / "overrides.toml").read_text(encoding="utf-8")))
    lines = (GLUE / "glue-6.0.txt").read_text(encoding="utf-8").splitlines()
    of_glue = dict(line.lower().replace("_", "-").split("==") for line in lines if line and line[0] != "#")
    there = installed()
    wrong = {name: version for name, version in of_glue.items() if there.get(name) != version}
    assert set(wrong) <= shipped
    assert there["pyspark"] == "4.1.1"


TESTS = ["tests/contracts", "tests/core/test_windows.py", "tests/batch/test_orders_raw.py"]
"""Contracts, a plan of Spark's, and a job."""


@pytest.mark.parametrize("tests", TESTS)
def test_tests_of_the_suite_pass_there(tests: str) -> None:
    """The image runs any others."""
    run_tests(python(), tests)


@pytest.mark.parametrize("tests", [*TESTS, "tests/core/test_iceberg_table.py"])
def test_tests_pass_beside_the_spark_of_an_image_of_glue_5(tests: str) -> None:
    """What is installed finds its Spark on the path, as in the official image, and Iceberg beside itself."""
    prefix = Path(os.environ["SLUICE_GLUE_5"]).resolve()
    site_packages = prefix / "lib/python3.11/site-packages"
    assert not (site_packages / "pyspark").exists()
    run_tests(prefix / "bin" / "python", tests)


def run_tests(program: Path, tests: str) -> None:
    """Run some of the suite by another Python; they must pass."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [program, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not spark4", tests],
        cwd=ROOT,
        env={**clean, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("service", ["glue-5", "glue-6.0"])
def test_what_the_compose_file_names_is_there(service: str) -> None:
    """Dockerfiles lie where it says, and copy what exists."""
    text = (ROOT / "docker/glue-local/compose.yaml").read_text(encoding="utf-8")
    file = f"docker/glue-local/{service}.Dockerfile"
    assert f"dockerfile: {file}" in text
    lines = [line.split() for line in (ROOT / file).read_text().splitlines() if line.startswith("COPY")]
    copies = [one for line in lines for one in line[1:-1]]
    assert [one for one in copies if not (ROOT / one).exists()] == []
