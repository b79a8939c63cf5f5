#!/usr/bin/env bash
# Installs the streaming jobs below a folder: the locked packages, the jars that speak S3, Spark's settings, the code.
# The image is built by it, and its tests install by it without Docker:
#     PYTHON=python3.13 docker/streaming-consumer/install.sh /opt/sluice
set -euo pipefail
if [ $# -ne 1 ] || [ "${1#/}" = "$1" ]; then
    echo "usage: docker/streaming-consumer/install.sh /absolute/folder" >&2
    exit 2
fi
prefix=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/docker/streaming-consumer
python=$prefix/venv/bin/python

pip() { "${PYTHON:-python3.13}" -m pip --disable-pip-version-check --python "$python" "$@"; }

# pyspark comes as source; setuptools builds it, locked as all else, and goes again.
install_packages() {
    "${PYTHON:-python3.13}" -m venv --without-pip "$prefix/venv"
    pip install --quiet --no-deps --require-hashes --requirement "$root/requirements-build.lock"
    pip install --quiet --no-deps --require-hashes --no-build-isolation --requirement "$here/requirements.lock"
    pip uninstall --quiet --yes setuptools
}

install_jars() {
    (cd "$root" && "$python" -m scripts.jars s3-jars.lock "$prefix/jars")
}

install_settings() {
    mkdir -p "$prefix/conf"
    sed "s#/opt/sluice#$prefix#" "$here/spark-defaults.conf" > "$prefix/conf/spark-defaults.conf"
}

install_jobs() {
    mkdir -p "$prefix/jobs"
    cp -R "$root/glue_jobs" "$prefix/jobs/"
    find "$prefix/jobs" -name __pycache__ -prune -exec rm -rf {} +
    "$python" -m compileall -q "$prefix/jobs"
}

mkdir -p "$prefix"
install_packages
install_jars
install_settings
install_jobs
