#!/usr/bin/env bash
# Installs what the jobs and their tests need beside the Spark that is there, below a folder: a Python environment that sees
# the packages of its base. The image is built by it, and its test installs by it without Docker:
#     PYTHON=python3.11 docker/glue-local/install_glue_5.sh /absolute/folder
set -euo pipefail
if [ $# -ne 1 ] || [ "${1#/}" = "$1" ]; then
    echo "usage: docker/glue-local/install_glue_5.sh /absolute/folder" >&2
    exit 2
fi
prefix=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
base=${PYTHON:-python3}
python=$prefix/bin/python

mkdir -p "$prefix"
"$base" -m venv --without-pip --system-site-packages "$prefix"
# Where Spark's Python side is, for processes that tests start with a PYTHONPATH of their own.
"$base" -c 'import py4j, pyspark; print(*{m.__file__.rsplit("/", 2)[0] for m in (py4j, pyspark)}, sep="\n")' \
    > "$prefix/lib/python3.11/site-packages/spark.pth"
# The image's Spark is Glue's build of it; PyPI's would hide it.
awk '/^[^ #]/ { spark = /^(pyspark|py4j)==/ } !spark' "$root/requirements-glue5.lock" > "$prefix/requirements.txt"
"$base" -m pip --disable-pip-version-check --python "$python" install --quiet --no-deps --require-hashes \
    --requirement "$prefix/requirements.txt"
(cd "$root" && "$python" -m scripts.jars iceberg-jars-glue5.lock "$prefix/iceberg-jars")
