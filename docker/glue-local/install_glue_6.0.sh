#!/usr/bin/env bash
# Installs Python as Glue 6.0 has it, and what the jobs and their tests need beside it, below a folder.
# The image is built by it, and its test installs by it without Docker:
#     PYTHON=python3.13 docker/glue-local/install_glue_6.0.sh /opt/glue
set -euo pipefail
if [ $# -ne 1 ] || [ "${1#/}" = "$1" ]; then
    echo "usage: docker/glue-local/install_glue_6.0.sh /absolute/folder" >&2
    exit 2
fi
prefix=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=$prefix/bin/python

pip() { "${PYTHON:-python3.13}" -m pip --disable-pip-version-check --python "$python" "$@"; }

mkdir -p "$prefix"
"${PYTHON:-python3.13}" -m venv --without-pip "$prefix"
"$python" "$root/docker/glue-local/requirements_of_glue.py" "$prefix"
pip install --quiet --no-deps --requirement "$prefix/glue.txt" # setuptools among it, which builds pyspark
pip install --quiet --no-deps --require-hashes --no-build-isolation --requirement "$prefix/rest.txt"
(cd "$root" && "$python" -m scripts.jars iceberg-jars.lock "$prefix/iceberg-jars")
