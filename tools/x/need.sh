#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# need.sh WHAT…: makes what a suite needs: build:PRESET, venv:NAME or packages:GROUP.
# Exit status 3: it could not be downloaded.
set -euo pipefail
X_CWD=$PWD
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
source tools/x/lib.sh
for what in "$@"; do
  case $what in
    build:*) build_preset "${what#*:}" ;;
    venv:*) need_venvs "${what#*:}" || exit $? ;;
    packages:*) need_packages "${what#*:}" ;;
    *) fail "unknown need '$what'" 2 ;;
  esac
done
