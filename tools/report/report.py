#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""report.py [--write] [--size full|small] [--minutes N]: measures, then writes docs/benchmarks.md.

The results go to docs/results/ with the machine, the commit, the command and the raw samples.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/perf"), str(ROOT / "tools/report")]
import record  # noqa: E402
import render  # noqa: E402

RESULTS = ROOT / "docs/results"
MICRO = {"furrow_store_events": "BM_(Encode|Decode)", "furrow_store_docs": "",
         "furrow_service_events": "", "furrow_json": ""}
MICRO_SECONDS_MAX = 120


def measure_server(options):
    command = [str(ROOT / "tests/perf/server"), "--size", options.size,
               "--json", str(RESULTS / "server.json")]
    if options.minutes:
        command += ["--minutes", str(options.minutes)]
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


def measure_micro():
    """The programs that measure one module each; their own JSON is kept as it is."""
    said = {"name": "micro", "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "command": "./x report", "commit": record.commit(), "machine": record.machine(),
            "programs": {}}
    for name, wanted in MICRO.items():
        program = ROOT / f"build/release/bin/{name}_bench"
        if not program.is_file():
            continue
        command = [str(program), "--benchmark_format=json"]
        if wanted:
            command.append(f"--benchmark_filter={wanted}")
        print(f"== {program.name}", file=sys.stderr, flush=True)
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=MICRO_SECONDS_MAX)
            answer = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError) as error:
            print(f"   {type(error).__name__}", file=sys.stderr)
            continue
        said["programs"][program.name] = {"command": " ".join(["bin/" + program.name,
                                                               *command[1:]]),
                                          "benchmarks": answer["benchmarks"]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "micro.json").write_text(json.dumps(said, indent=1) + "\n")


def write_pages():
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        before = path.read_text()
        after = render.rewritten(ROOT, before)
        if after != before:
            path.write_text(after)
            print(f"wrote {path.relative_to(ROOT)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="measure nothing, write the pages")
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--without-micro", action="store_true")
    options = parser.parse_args()
    os.chdir(ROOT)
    status = 0
    if not options.write:
        status = measure_server(options)
        if not options.without_micro:
            measure_micro()
    write_pages()
    return status


if __name__ == "__main__":
    sys.exit(main())
