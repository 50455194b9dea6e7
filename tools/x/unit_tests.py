#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unit_tests.py BUILD_DIR: runs ctest and counts single tests.

One ctest entry is a whole GoogleTest program; what it says in its XML is counted instead. An entry
without XML (a script, or a program that died before writing it) counts as one.
"""
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def programs(build):
    """ctest entry -> name of the program it starts."""
    answer = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"],
                            stdout=subprocess.PIPE, check=True)
    return {t["name"]: Path(t["command"][0]).name
            for t in json.loads(answer.stdout)["tests"] if t.get("command")}


def count(path):
    suite = xml.parse(path).getroot()
    total, failed = int(suite.get("tests")), int(suite.get("failures")) + int(suite.get("errors"))
    skipped = 0
    for case in suite.iter("testcase"):
        why = case.find("skipped")
        if why is None and case.get("status") != "notrun":
            continue
        skipped += 1
        reason = (why.get("message") or "") if why is not None else "disabled"
        print(f"skipped {case.get('classname')}.{case.get('name')}: "
              f"{' '.join(reason.split()) or 'no reason given'}")
    return total - failed - skipped, failed, skipped


def total(results, names):
    """(passed, failed, skipped) from ctest's JUnit file and what the programs wrote beside it."""
    passed = failed = skipped = 0
    for case in xml.parse(results / "ctest.junit").getroot().iter("testcase"):
        good = case.get("status") == "run"
        written = results / f"{names.get(case.get('name'))}.xml"
        if written.exists():
            ok, bad, left = count(written)
            passed, failed, skipped = passed + ok, failed + bad, skipped + left
            failed += 0 if good or bad else 1
        elif good:
            passed += 1
        else:
            failed += 1
    return passed, failed, skipped


def main(build):
    results = Path(build).resolve() / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    environment = dict(os.environ, GTEST_OUTPUT=f"xml:{results}/", GTEST_COLOR="no")
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    # RocksDB comes uninstrumented: what it orders between threads, the sanitizer cannot see.
    environment.setdefault(
        "TSAN_OPTIONS",
        "halt_on_error=1:second_deadlock_stack=1:ignore_noninstrumented_modules=1")
    junit = results / "ctest.junit"
    status = subprocess.run(
        ["ctest", "--test-dir", build, "--output-on-failure", "--timeout", "600",
         "--parallel", str(os.cpu_count()), "--output-junit", str(junit)],
        env=environment).returncode
    passed, failed, skipped = total(results, programs(build)) if junit.exists() else (0, 0, 0)
    print(f"RESULT passed={passed} failed={failed}" + (f" skipped={skipped}" if skipped else ""))
    return 1 if status or failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
