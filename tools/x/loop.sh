# SPDX-License-Identifier: Apache-2.0
# summary: from an image in the field to a better model on the tractor, once around
help() {
  cat <<'EOF'
usage: ./x loop [ARGUMENTS OF tools/loop/run]

Sets up and builds, then goes once around: a fresh server, photographs of field A, a data set,
training by the official agent, a tractor over field B, its images back into the data set, training
again, field B again. At the end there is one table, before and after. Everything it starts it
stops; its data goes to a temporary folder. For two cores without a GPU. docs/loop.md tells more.

examples:
  ./x loop
  ./x loop --seed 3 --keep /tmp/loop     what it made stays there
  ./x loop --short                       every step, with next to nothing in it
  ./x loop --approve ask                 a person approves each release, on the page /fleet
EOF
}

main() {
  build_preset release
  need_packages torch
  need_packages loop
  need_venvs torch agent ||
    fail "the loop needs the official clients; see above why they are missing"
  exec tools/loop/run "$@"
}
