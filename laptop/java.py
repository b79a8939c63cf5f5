"""The Java that Spark runs on."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from glue_jobs.core.errors import SetupError

SUPPORTED = (17, 21)
"""The versions that Spark 4 runs on and that are maintained: 17 as on Glue 6.0, and 21."""

_ADVICE = "install Java 17 (Debian, Ubuntu: openjdk-17-jre-headless; macOS: temurin@17) or set JAVA_HOME"


def require_java(environment: Mapping[str, str] = os.environ) -> int:
    """The major version of the Java that Spark will use: that of JAVA_HOME, or else of PATH.

    Raises:
        SetupError: there is none, it does not start, or Spark cannot use it.
    """
    program = _program(environment)
    found = re.search(r'version "(\d+)', _version_text(program))
    if found is None:
        raise SetupError(f"{program}: does not say its version; {_ADVICE}")
    major = int(found[1])
    if major not in SUPPORTED:
        raise SetupError(f"{program}: is Java {major}, Spark needs 17 or 21; {_ADVICE}")
    return major


def _program(environment: Mapping[str, str]) -> str:
    home = environment.get("JAVA_HOME")
    if home:
        program = Path(home, "bin", "java")
        if not program.exists():
            raise SetupError(f"JAVA_HOME is {home}, which has no bin/java; {_ADVICE}")
        return str(program)
    found = shutil.which("java", path=environment.get("PATH", ""))
    if found is None:
        raise SetupError(f"no Java found, neither in JAVA_HOME nor in PATH; {_ADVICE}")
    return found


def _version_text(program: str) -> str:
    try:
        asked = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{program}: does not start ({error}); {_ADVICE}") from error
    return asked.stderr + asked.stdout
