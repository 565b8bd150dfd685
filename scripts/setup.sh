# shellcheck shell=sh
# What the scripts beside this one share: a Python, an environment with exactly the locked packages, and Debian's packages.
# Read by them with `.`; they run in the root of the checkout, on a machine that may have Python and nothing else.

set -eu
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# quietly COMMAND…: run it, and show what it printed only where it fails.
quietly() {
    printed=$(mktemp)
    if "$@" >"$printed" 2>&1 </dev/null; then rm -f "$printed"; return 0; fi
    cat "$printed" >&2
    rm -f "$printed"
    fail "This failed: $*"
}

# suits PYTHON: does it run, and is it new enough? That there is a command says little: a shim of pyenv may not run.
suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# python_named 3.13: the first Python of that version, from PATH or pyenv.
python_named() {
    for candidate in "python$1" "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$1".*/bin/python; do
        if suits "$candidate"; then command -v "$candidate"; return 0; fi
    done
    return 1
}

# any_python: PYTHON where it is set, else the newest that convore-lite is tested with, else what python3 is.
any_python() {
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" || fail "PYTHON is $PYTHON, which is not a Python 3.11 or newer that runs."
        command -v "$PYTHON"
        return 0
    fi
    python_named 3.13 || python_named 3.12 || python_named 3.11 && return 0
    suits python3 || fail "Python 3.11 or newer is needed. Where it has another name: PYTHON=/path/to/python sh $0"
    command -v python3
}

# install_debian PACKAGE…: fails where the machine has no apt-get; says what to do where we may not.
install_debian() {
    command -v apt-get >/dev/null || return 1
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "Run this as root, and then this script again: apt-get install $*"
        as_root=sudo
    fi
    say "Installing $* …"
    quietly $as_root apt-get update
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# make_environment FOLDER PYTHON LOCK…: an environment with the locked packages and convore-lite as built from this checkout.
# What has not changed since the last time stays as it is.
make_environment() {
    folder=$1 python=$2
    shift 2
    locked="$PWD $("$python" -V) $(cat "$@" | cksum)"
    if [ "$(cat "$folder/.locked" 2>/dev/null)" != "$locked" ]; then
        say "Setting up $folder with $("$python" -V); this takes a minute the first time …"
        # Debian's python3 comes without the part that puts pip into an environment.
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install_debian "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" \
            || fail "$python cannot make environments: its modules venv and ensurepip are missing."
        quietly "$python" -m venv --clear "$folder"
        for lock; do set -- "$@" -r "$lock"; shift; done
        quietly "$folder/bin/pip" install --quiet --require-hashes "$@"
        echo "$locked" >"$folder/.locked"
    fi
    sources=$(sources_sum)
    if [ "$(cat "$folder/.built" 2>/dev/null)" != "$sources" ]; then
        quietly "$folder/bin/pip" install --quiet --no-deps --no-build-isolation --force-reinstall .
        echo "$sources" >"$folder/.built"
    fi
}

# sources_sum: a checksum of all that goes into the package.
sources_sum() {
    find pyproject.toml README.md LICENSE convore_lite web \
        \( -name node_modules -o -name build -o -name __pycache__ -o -path convore_lite/static \) -prune -o -type f -exec cksum {} + \
        | sort | cksum
}
