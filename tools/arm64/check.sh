#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the cross-built programs under qemu's user-mode emulation, far enough to load every library:
# from the build, and from the image that is shipped, whose root file system is all it then sees.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
passed=0
failed=0
for program in build/arm64/bin/furrow; do
  file=$(od -An -tx1 -j18 -N2 "$program" | tr -d ' ')
  if [[ $file == b700 ]] &&
    qemu-aarch64 -L build/sysroot-arm64 "$program" --help | grep -q server; then
    echo "ok      $program --help"
    passed=$((passed + 1))
  else
    echo "FAILED  $program --help"
    failed=$((failed + 1))
  fi
done
# The decisions of a drive recorded here are the same there.
if tests/edge/replay --runs 1 --metres 300 --seconds 2 \
  --other "qemu-aarch64 -L build/sysroot-arm64 build/arm64/bin/furrow-edge"; then
  echo "ok      furrow-edge replay, recorded on $(uname -m)"
  passed=$((passed + 1))
else
  echo "FAILED  furrow-edge replay, recorded on $(uname -m)"
  failed=$((failed + 1))
fi
root=build/arm64-root
rm -rf "$root" build/package-arm64
if tools/package/build.py --program build/arm64/bin/furrow --arch arm64 \
  --sysroot build/sysroot-arm64 --out build/package-arm64 >/dev/null &&
  tools/package/unpack.py build/package-arm64/furrow-[0-9]*.oci.tar "$root" &&
  qemu-aarch64 -L "$root" "$root/opt/furrow/bin/furrow" --help | grep -q server; then
  echo "ok      the image's furrow --help"
  passed=$((passed + 1))
else
  echo "FAILED  the image's furrow --help"
  failed=$((failed + 1))
fi
rm -rf "$root" build/package-arm64
echo "RESULT passed=$passed failed=$failed"
((failed == 0))
