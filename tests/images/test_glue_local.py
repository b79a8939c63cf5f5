"""What the image of Glue 6.0 installs is what a job finds on Glue 6.0, and the suite's tests run in it.

Run by `make test-images`, which installs below a folder as the image does, and names it in SLUICE_GLUE.
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


@pytest.mark.parametrize(
    "tests", ["tests/contracts", "tests/core/test_windows.py", "tests/batch/test_orders_raw.py"]
)
def test_tests_of_the_suite_pass_there(tests: str) -> None:
    """Contracts, a plan of Spark's, and a job with Iceberg's neighbours; the image runs any others."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [python(), "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
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
