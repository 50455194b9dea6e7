# SPDX-License-Identifier: Apache-2.0
# summary: fuzz every parser for a while
help() {
  cat <<'EOT'
usage: ./x fuzz [--seconds N] [--jobs N] [TARGET]...

Builds the targets with the fuzz preset (clang, libFuzzer, AddressSanitizer) and runs each (or the
named ones; docs/security.md lists them) for N seconds (default 60), as many at a time as there are
processors, starting from tests/fuzz/corpus/TARGET. New inputs go to build/fuzz-corpus/TARGET,
findings to build/fuzz-findings/TARGET-*; a finding that is copied into the corpus is replayed by
every `./x test` from then on.

examples:
  ./x fuzz --seconds 10                  a short round over all
  ./x fuzz --seconds 3600 json_text_fuzz an hour on one
EOT
}

# fuzz_one TARGET SECONDS: its findings and its log go to build/fuzz-findings.
fuzz_one() {
  local target=$1 corpus=("build/fuzz-corpus/$1") found=0
  mkdir -p "${corpus[0]}"
  [[ ! -d tests/fuzz/corpus/$target ]] || corpus+=("tests/fuzz/corpus/$target")
  local TIMEFORMAT='%U %S' log=build/fuzz-findings/$target.log inputs=0 spent
  spent=$({ time "build/fuzz/bin/$target" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="build/fuzz-findings/$target-" "${corpus[@]}" \
    >"$log" 2>&1; } 2>&1) || found=1
  # On a busy machine N seconds of the clock are not N seconds of a processor: both are said.
  spent=$(awk '{ printf "%.0f", $1 + $2 }' <<<"$spent")
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  # A run that tried nothing has not found nothing.
  ((${inputs:-0} > 0)) || found=1
  if ((found)); then
    say "FOUND by $target:"
    tail -n 40 "$log"
  else
    say "$target: $inputs inputs in $2 s, $spent s of a processor, nothing found"
  fi
  return $found
}

main() {
  local seconds=60 jobs targets=() target failed=0 running=0
  jobs=$(nproc)
  while (($#)); do
    case $1 in
      --seconds) need_value "$1" $#; seconds=$2; shift ;;
      --jobs) need_value "$1" $#; jobs=$2; shift ;;
      -*) fail "fuzz: unknown argument '$1' (./x fuzz --help)" 2 ;;
      *) targets+=("$1") ;;
    esac
    shift
  done
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds must be a whole number above 0" 2
  [[ $jobs =~ ^[1-9][0-9]*$ ]] || fail "--jobs must be a whole number above 0" 2
  local all
  all=$(find src -name '*_fuzz.cc' -printf '%f\n' | sed 's/\.cc$//' | sort)
  ((${#targets[@]})) || mapfile -t targets <<<"$all"
  for target in "${targets[@]}"; do
    grep -qx "$target" <<<"$all" || fail "no fuzz target '$target'; there are: $(echo $all)" 2
  done
  build_preset fuzz --target "${targets[@]}"
  mkdir -p build/fuzz-findings
  for target in "${targets[@]}"; do
    if ((running >= jobs)); then
      wait -n || failed=$((failed + 1))
      running=$((running - 1))
    fi
    fuzz_one "$target" "$seconds" &
    running=$((running + 1))
  done
  while ((running > 0)); do
    wait -n || failed=$((failed + 1))
    running=$((running - 1))
  done
  echo "RESULT passed=$((${#targets[@]} - failed)) failed=$failed"
  ((failed == 0))
}
