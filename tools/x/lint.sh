# SPDX-License-Identifier: Apache-2.0
# summary: check layers, house rules and formatting
help() {
  cat <<'EOF'
usage: ./x lint [CHECK]...

  layers   every #include against the modules' declared dependencies and tools/lint/layers.toml
  tidy     licence lines, line and file lengths, leftovers, names that must not appear
  figures  every performance figure of the pages has its source in docs/results
  sabotage that each patch of tests/sabotage still fits
  format   clang-format (./x format repairs it)
  web      the pages: TypeScript's strictest checks, who imports whom, what no source may hold

examples:
  ./x lint
  ./x lint layers
EOF
}

main() {
  need_packages
  tools/lint/run "$@"
}
