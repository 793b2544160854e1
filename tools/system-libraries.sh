#!/bin/sh
# The system libraries that Qt, OpenGL and a virtual screen need (Debian, Ubuntu).
# Installs what is missing when run as root; otherwise names it.
set -eu

python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or later is needed; '$python' is not. Name one: make PYTHON=python3.12" >&2
    exit 1
fi

packages="xvfb libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
libxcb-render-util0 libxcb-shape0 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1
fonts-dejavu-core"
# Debian's Python comes without ensurepip; others bring their own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    packages="$packages python$version-venv"
fi

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system: make sure that OpenGL, xcb and Xvfb are installed." >&2
    exit 0
fi

missing=""
for package in $packages; do
    # Later releases call some of them …t64.
    dpkg-query -W -f '${Status}\n' "$package" "${package}t64" 2>/dev/null |
        grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing
else
    echo "These system packages are missing. Install them and run make again:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
fi
