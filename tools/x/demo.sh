# SPDX-License-Identifier: Apache-2.0
# summary: real training runs against a fresh server, start to finish
help() {
  cat <<'EOF'
usage: ./x demo [ARGUMENTS OF examples/demo.sh]

Sets up and builds, then starts a fresh server on free ports, runs the training scripts of
examples/ through the official SDK, enqueues a clone with a changed parameter, lets the official
agent run it, and compares the two runs with the command line. Everything it starts it stops; its
data goes to a temporary folder.

examples:
  ./x demo
EOF
}

main() {
  build_preset release
  need_venvs sdk-2.1 agent ||
    fail "the demo needs the official clients; see above why they are missing"
  examples/demo.sh "$@"
}
