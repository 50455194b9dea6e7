#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the cross-built programs under qemu's user-mode emulation, far enough to load every library.
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
echo "RESULT passed=$passed failed=$failed"
((failed == 0))
