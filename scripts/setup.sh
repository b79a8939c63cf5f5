#!/usr/bin/env bash
# Makes an environment from its lock file, and does nothing when it is up to date.
#
#   scripts/setup.sh          .venv          Python 3.13, requirements.lock, and the project itself
#   scripts/setup.sh glue5    .venv-glue5    Python 3.11, requirements-glue5.lock
#   scripts/setup.sh checkov  .venv-checkov  Python 3.13, requirements-checkov.lock
#
# Needs Java 17 or 21 (not for checkov), and either that Python or a `uv` that finds one. PYTHON names a Python to try first.
# Kept to bash 3.2, which is what macOS has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-main}" in
main) folder=.venv version=3.13 lock=requirements.lock jars=iceberg-jars.lock ;;
glue5) folder=.venv-glue5 version=3.11 lock=requirements-glue5.lock jars=iceberg-jars-glue5.lock ;;
checkov) folder=.venv-checkov version=3.13 lock=requirements-checkov.lock jars='' ;;
*)
    echo "setup: got '$1'; give nothing, 'glue5' or 'checkov'" >&2
    exit 2
    ;;
esac
python=$folder/bin/python
stamp=$folder/.made-from
build_lock=requirements-build.lock

say() { echo "setup: $*"; }

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Java: what Spark itself would start, JAVA_HOME before PATH.
require_java() {
    local java found hint="install a Java 17 or 21, or let JAVA_HOME name one"
    java=${JAVA_HOME:+$JAVA_HOME/bin/java}
    java=${java:-$(command -v java || true)}
    [ -n "$java" ] || fail "found no Java (JAVA_HOME is not set, no java on PATH); $hint"
    found=$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p') || true
    case "$found" in
    17 | 17.* | 21 | 21.*) ;;
    "") fail "'$java' does not start a Java; $hint" ;;
    *) fail "'$java' is Java $found, which Spark cannot use; $hint" ;;
    esac
}

# Whether the command $1 runs the wanted Python. It is run, not looked up: a pyenv shim exists for versions it refuses.
is_wanted() {
    "$1" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" > /dev/null 2>&1
}

python_candidates() {
    echo "${PYTHON:-}"
    echo "python$version"
    echo "python3"
    if command -v pyenv > /dev/null; then
        ls -d "$(pyenv root)/versions/$version".*/bin/python 2> /dev/null || true
    fi
    if [ -n "$uv" ]; then
        "$uv" python find --no-project "$version" 2> /dev/null || true
        "$uv" python find --no-project --managed-python "$version" 2> /dev/null || true
    fi
}

find_python() {
    local candidate
    while read -r candidate; do
        if [ -n "$candidate" ] && is_wanted "$candidate"; then
            "$candidate" -c "import sys; print(sys.executable)"
            return
        fi
    done < <(python_candidates)
}

# A Python that uv fetches, where the machine has a uv but no Python of that version.
fetch_python() {
    [ -n "$uv" ] || return 0
    say "found no Python $version, asking uv for one" >&2
    "$uv" python install --quiet "$version" 2> /dev/null && find_python || true
}

find_uv() {
    local candidate
    for candidate in uv .venv/bin/uv; do
        if "$candidate" --version > /dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
}

# Everything the environment is made from. The folder counts, for programs in it begin with its full path.
recipe() {
    echo "$PWD"
    cat "$lock" $build_lock $jars
    if [ "$folder" = .venv ]; then cat pyproject.toml; fi
}

# An environment without a stamp is one whose making was interrupted, or that was moved: begin anew.
make_folder() {
    if [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$PWD" ] && is_wanted "$python"; then
        rm "$stamp"
        return
    fi
    local base
    base=$(find_python)
    base=${base:-$(fetch_python)}
    [ -n "$base" ] || fail "found no Python $version; install Python $version or uv, or let PYTHON name one"
    say "making $folder with $base"
    case "$uv" in "$folder"/*) uv='' ;; esac
    rm -rf "$folder"
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --no-project --python "$base" "$folder"
    else
        "$base" -m venv "$folder" ||
            fail "'$base -m venv' failed; install the venv package of that Python (python$version-venv), or uv"
    fi
}

# The uv that the lock pins, for a machine without one; it asks the index that pip is told to ask.
bootstrap_uv() {
    say "installing uv into $folder"
    awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.lock > "$folder/uv.txt"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$folder/uv.txt"
    uv=$folder/bin/uv
    local index
    index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2> /dev/null || true)}
    if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$index"; fi
}

install_packages() {
    say "installing $(grep -c '^[^ #]' "$lock") packages from $lock (some minutes the first time)"
    "$uv" pip sync --quiet --compile-bytecode --python "$python" --require-hashes --build-constraints $build_lock "$lock"
    if [ "$folder" = .venv ]; then
        "$uv" pip install --quiet --python "$python" --no-deps --build-constraints $build_lock --editable .
    fi
}

fetch_jars() {
    say "fetching the jars of Iceberg"
    "$python" -m scripts.jars "$jars" "$folder/iceberg-jars" ||
        say "going on without: the jobs of processed orders do not run here; 'make iceberg' tries again"
}

[ "$folder" = .venv-checkov ] || require_java
if recipe | cmp -s - "$stamp" && [ -x "$python" ]; then exit 0; fi
uv=$(find_uv)
make_folder
[ -n "$uv" ] || bootstrap_uv
install_packages
if [ "$folder" = .venv ]; then
    say "writing down Spark's classes, so that jobs start quicker"
    "$python" -m laptop.class_archive || true # it says what is wrong, and jobs start without
fi
[ -z "$jars" ] || fetch_jars
recipe > "$folder/.made-from.draft"
mv "$folder/.made-from.draft" "$stamp"
say "$folder is ready"
