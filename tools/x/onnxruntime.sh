#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# onnxruntime.sh PRESET: puts ONNX Runtime's library into build/PRESET/lib/furrow, where programs of
# build/PRESET/bin look for it. tools/onnxruntime.txt pins it. Exit status 3: the download failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

arch=$(uname -m)
[[ $1 != arm64 ]] || arch=aarch64
home=build/onnxruntime/$arch
target=build/$1/lib/furrow
wanted=$(sha256sum <tools/onnxruntime.txt)

unpack() {
  echo "== fetching ONNX Runtime for $arch" >&2
  rm -rf "$home"
  mkdir -p "$home/wheel"
  /usr/bin/python3 -m venv "$home/venv"
  "$home/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --retries 2 --only-binary :all: --python-version 3.11 --platform "manylinux_2_28_$arch" \
    --dest "$home/wheel" -r tools/onnxruntime.txt </dev/null || {
    echo "x: could not download ONNX Runtime" >&2
    exit 3
  }
  /usr/bin/python3 - "$home" <<'PYTHON'
import pathlib, sys, zipfile
home = pathlib.Path(sys.argv[1])
(wheel,) = (home / "wheel").glob("*.whl")
names = {"LICENSE": "LICENSE.onnxruntime", "ThirdPartyNotices.txt": "NOTICES.onnxruntime"}
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        last = name.rpartition("/")[2]
        if name.startswith("onnxruntime/capi/libonnxruntime.so."):
            names[last] = "libonnxruntime.so.1"
        if last in names and name.startswith("onnxruntime/"):
            (home / names[last]).write_bytes(archive.read(name))
PYTHON
  rm -rf "$home/venv" "$home/wheel"
  echo "$wanted" >"$home/stamp"
}

mkdir -p build/onnxruntime "$target"
exec 9>build/onnxruntime/.lock
flock 9
[[ $(cat "$home/stamp" 2>/dev/null) == "$wanted" ]] || unpack
for file in "$home"/*.so.1 "$home"/*.onnxruntime; do
  ln -f "$file" "$target/"
done
