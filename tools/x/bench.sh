# SPDX-License-Identifier: Apache-2.0
# summary: run a benchmark
help() {
  cat <<'EOF'
usage: ./x bench [NAME [ARGUMENTS]]

Without a name: lists what there is. A name is a program build/release/bin/NAME_bench (Google
Benchmark) or a script of tests/perf; the arguments go to it.

examples:
  ./x bench
  ./x bench furrow_json --benchmark_filter=Parse
EOF
}

bench_names() {
  local file
  for file in build/release/bin/*_bench; do
    [[ ! -x $file ]] || basename "$file" _bench
  done
  for file in tests/perf/*; do
    [[ ! -f $file || ! -x $file ]] || basename "${file%.*}"
  done
}

main() {
  build_preset release >&2
  if (($# == 0)); then
    bench_names
    return
  fi
  local name=$1 file
  shift
  for file in "build/release/bin/${name}_bench" tests/perf/"$name" tests/perf/"$name".*; do
    if [[ -f $file && -x $file ]]; then
      exec "$file" "$@"
    fi
  done
  fail "no benchmark '$name'; there are: $(bench_names | tr '\n' ' ')" 2
}
