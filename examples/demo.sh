#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration behind `./x demo`: real runs through the official SDK against a fresh server, a
# clone with a changed parameter run by the unmodified agent, and a comparison of the two.
#
# FURROW, SDK_PYTHON and AGENT name the program, a Python with the SDK, and clearml-agent; by
# default those that `./x demo` has built and installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../build
FURROW=$(realpath -s "${FURROW:-$build/release/bin/furrow}")
SDK_PYTHON=$(realpath -s "${SDK_PYTHON:-$build/venv/sdk-2.1/bin/python}")
AGENT=$(realpath -s "${AGENT:-$build/venv/agent/bin/clearml-agent}")
work=$(mktemp -d "${TMPDIR:-/tmp}/furrow-demo-XXXXXX")
server_pid= agent_pid=
finish() {
  [ -n "$agent_pid" ] && kill -TERM "$agent_pid" 2>/dev/null && wait "$agent_pid" 2>/dev/null
  [ -n "$server_pid" ] && kill -TERM "$server_pid" 2>/dev/null && wait "$server_pid" 2>/dev/null
  [ "${KEEP_DEMO:-}" ] || rm -rf "$work"
}
trap finish EXIT
say() { printf '\n== %s\n' "$*"; }

say "a fresh server"
"$FURROW" server --data "$work/data" --api-port 0 --files-port 0 --web-port 0 \
  >"$work/server.log" 2>&1 &
server_pid=$!
for _ in $(seq 100); do [ -s "$work/data/server.json" ] && break; sleep 0.1; done
[ -s "$work/data/server.json" ] || { cat "$work/server.log"; exit 1; }
grep -E '^  (web|api|files) ' "$work/server.log"
value() {  # FILE KEY…
  "$SDK_PYTHON" -c 'import functools, json, sys
print(functools.reduce(lambda d, k: d[k], sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"
}
export CLEARML_API_HOST=$(value "$work/data/server.json" api)
export CLEARML_WEB_HOST=$(value "$work/data/server.json" web)
export CLEARML_FILES_HOST=$(value "$work/data/server.json" files)
export CLEARML_API_ACCESS_KEY=$(value "$work/data/bootstrap.json" credentials access_key)
export CLEARML_API_SECRET_KEY=$(value "$work/data/bootstrap.json" credentials secret_key)
export CLEARML_CONFIG_FILE=$work/clearml.conf HOME=$work
: >"$CLEARML_CONFIG_FILE"

# Outside any repository, so that the SDK records each script whole.
mkdir "$work/scripts" && cp "$here"/*.py "$work/scripts" && cd "$work/scripts"
for script in digits_sklearn digits_numpy everything; do
  say "$script.py through the official SDK"
  "$SDK_PYTHON" "$script.py" >"$work/$script.log" 2>&1 || { cat "$work/$script.log"; exit 1; }
  grep -vE '^(ClearML|[0-9-]+ [0-9:,]+ - clearml)' "$work/$script.log" | tail -3
done

say "furrow tasks list"
"$FURROW" tasks list

say "furrow tasks scalars 'numpy network'"
"$FURROW" tasks scalars "numpy network"

say "a clone with a wider hidden layer, run by the unmodified agent"
clone=$("$FURROW" tasks clone "numpy network" --name "numpy network, 48 hidden" \
  --set Args/hidden=48 --queue default)
echo "queued $clone"
CLEARML_AGENT_SKIP_PIP_VENV_INSTALL=$SDK_PYTHON "$AGENT" daemon --queue default --foreground \
  >"$work/agent.log" 2>&1 &
agent_pid=$!
status=queued
for _ in $(seq 240); do
  "$FURROW" tasks show "$clone" --json >"$work/clone.json"
  status=$(value "$work/clone.json" status)
  case $status in completed|failed|stopped) break ;; esac
  sleep 1
done
echo "$clone $status"
if [ "$status" != completed ]; then
  tail -40 "$work/agent.log"
  "$FURROW" tasks logs "$clone" | tail -40
  exit 1
fi
"$FURROW" tasks logs "$clone" | tail -1

say "furrow tasks compare"
"$FURROW" tasks compare "numpy network" "$clone"

say "furrow workers; furrow queues; furrow models"
"$FURROW" workers; "$FURROW" queues; "$FURROW" models
