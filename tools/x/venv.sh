#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# venv.sh NAME: makes build/venv/NAME from the section [NAME] of tools/requirements.txt, unless it
# is there and the section is unchanged. Exit status 3: a download failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

section() {
  awk -v heading="# [$1]" \
    'index($0, "# [") == 1 { inside = index($0, heading) == 1; next } inside' tools/requirements.txt
}

# make NAME [EXTRA SITE-PACKAGES, relative to the environment's own, or "system"]
make() {
  local name=$1 shared=${2:-} home=build/venv/$1 wanted stamp site
  wanted=$(section "$name")
  [[ -n $wanted ]] || { echo "no section [$name] in tools/requirements.txt" >&2; exit 2; }
  stamp=$(printf '%s\n' "$wanted" "$shared" "$(/usr/bin/python3 --version)" | sha256sum)
  [[ $(cat "$home/stamp" 2>/dev/null) != "$stamp" ]] || return 0
  echo "== making build/venv/$name" >&2
  rm -rf "$home"
  if [[ $shared == system ]]; then
    /usr/bin/python3 -m venv --system-site-packages "$home"
    shared=
  else
    /usr/bin/python3 -m venv "$home"
  fi
  printf '%s\n' "$wanted" >"$home/requirements.txt"
  # Compiling every module ahead would double the time; Python compiles what is imported.
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps \
    --require-hashes --retries 2 -r "$home/requirements.txt" </dev/null || {
    echo "x: could not download the packages of [$name]" >&2
    exit 3
  }
  if [[ -n $shared ]]; then
    site=$(echo "$home"/lib/python3*/site-packages)
    echo "$shared" >"$site/shared.pth"
  fi
  printf '%s\n' "$stamp" >"$home/stamp"
}

mkdir -p build/venv
exec 9>build/venv/.lock
flock 9
version=$(/usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
if [[ $1 == torch ]]; then
  make torch system
  exit
fi
make science
[[ $1 == science ]] || make "$1" "../../../../science/lib/$version/site-packages"
