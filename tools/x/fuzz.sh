# SPDX-License-Identifier: Apache-2.0
# summary: fuzz every parser for a while
help() {
  cat <<'EOF'
usage: ./x fuzz [--seconds N] [TARGET]...

Builds the fuzz preset (clang, libFuzzer, AddressSanitizer) and runs each target (or the named
ones) for N seconds (default 60), starting from tests/fuzz/corpus/TARGET. New inputs go to
build/fuzz-corpus/TARGET, findings to build/fuzz-findings/TARGET-*; a finding that is copied into
the corpus is replayed by every `./x test` from then on.

examples:
  ./x fuzz --seconds 10                  a short round over all
  ./x fuzz --seconds 3600 json_text_fuzz an hour on one
EOF
}

main() {
  local seconds=60 targets=() target failed=0
  while (($#)); do
    case $1 in
      --seconds) need_value "$1" $#; seconds=$2; shift ;;
      -*) fail "fuzz: unknown argument '$1' (./x fuzz --help)" 2 ;;
      *) targets+=("$1") ;;
    esac
    shift
  done
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds must be a whole number above 0" 2
  build_preset fuzz
  if ((${#targets[@]} == 0)); then
    mapfile -t targets < <(find build/fuzz/bin -name '*_fuzz' -type f -printf '%f\n' | sort)
  fi
  ((${#targets[@]})) || fail "no fuzz target was built"
  mkdir -p build/fuzz-findings
  for target in "${targets[@]}"; do
    [[ -x build/fuzz/bin/$target ]] || fail "no fuzz target '$target'" 2
    say "fuzzing $target for $seconds s"
    local corpus=("build/fuzz-corpus/$target")
    mkdir -p "${corpus[0]}"
    [[ ! -d tests/fuzz/corpus/$target ]] || corpus+=("tests/fuzz/corpus/$target")
    "build/fuzz/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -print_final_stats=1 -artifact_prefix="build/fuzz-findings/$target-" "${corpus[@]}" \
      >"build/fuzz-findings/$target.log" 2>&1 || {
      tail -n 40 "build/fuzz-findings/$target.log"
      failed=$((failed + 1))
      continue
    }
    grep -E 'stat::(number_of_executed_units|average_exec_per_sec)' \
      "build/fuzz-findings/$target.log" || true
  done
  echo "RESULT passed=$((${#targets[@]} - failed)) failed=$failed"
  ((failed == 0))
}
