#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that `./x test` sums honestly: what failed, said nothing or could not run never passes."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools/x"


def run(*commands, minutes=1):
    """(exit status, last line, whole output) of the runner over one suite per command."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "suites.tsv")
        table.write_text("# a comment\n" + "".join(
            f"selftest-{n}\talways\t{minutes}\t-\t{c}\n" for n, c in enumerate(commands)))
        done = subprocess.run(
            [sys.executable, TOOLS / "run_suites.py"], stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, FURROW_SUITES=str(table), FURROW_LOGS=folder))
        return done.returncode, done.stdout.splitlines()[-1], done.stdout


class Runner(unittest.TestCase):
    def test_sums(self):
        status, last, _ = run("echo RESULT passed=3 failed=0", "echo 9 passed, 9 failed; echo "
                              "RESULT passed=2 failed=0 skipped=1")
        self.assertEqual((status, last), (0, "5 passed, 0 failed, 1 skipped"))

    def test_failure(self):
        status, last, _ = run("echo RESULT passed=3 failed=1; exit 1",
                              "echo RESULT passed=1 failed=0")
        self.assertEqual((status, last), (1, "4 passed, 1 failed"))

    def test_failed_without_saying_so(self):
        self.assertEqual(run("echo RESULT passed=3 failed=0; exit 9")[:2],
                         (1, "3 passed, 1 failed"))

    def test_silence_is_failure(self):
        status, last, output = run("true")
        self.assertEqual((status, last), (1, "0 passed, 1 failed"))
        self.assertIn("no RESULT line", output)

    def test_ran_nothing(self):
        status, last, output = run("echo RESULT passed=0 failed=0")
        self.assertEqual((status, last), (1, "0 passed, 1 failed"))
        self.assertIn("ran nothing", output)

    def test_could_not_run_is_named_and_never_a_pass(self):
        status, last, output = run("echo SKIP no network; exit 77", "echo RESULT passed=1 failed=0")
        self.assertEqual((status, last), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertRegex(output, r"skipped selftest-0 .*no network")
        self.assertEqual(run("exit 77")[:2], (1, "0 passed, 0 failed, 1 skipped"))

    def test_only_the_last_result_counts_and_it_stands_alone(self):
        self.assertEqual(run("echo RESULT passed=1 failed=1; echo RESULT passed=2 failed=0; "
                             "echo the RESULT passed=9 failed=0")[:2], (0, "2 passed, 0 failed"))

    def test_too_slow(self):
        status, last, output = run("echo RESULT passed=1 failed=0; sleep 60", minutes=0.01)
        self.assertEqual((status, last), (1, "1 passed, 1 failed"))
        self.assertIn("stopped after", output)

    def test_unknown_suite(self):
        done = subprocess.run([sys.executable, TOOLS / "run_suites.py", "nonesuch"],
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no suite 'nonesuch'", done.stderr)


CTEST = """<?xml version="1.0"?><testsuite>
<testcase name="good" status="run"/><testcase name="dies" status="fail"/>
<testcase name="script" status="run"/><testcase name="late" status="fail"/></testsuite>"""
GTEST = """<?xml version="1.0"?><testsuites tests="%d" failures="%d" disabled="0" errors="0">
<testsuite>%s</testsuite></testsuites>"""


class Counting(unittest.TestCase):
    def test_counts_single_tests(self):
        sys.path.insert(0, str(TOOLS))
        import unit_tests
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder)
            (results / "ctest.junit").write_text(CTEST)
            (results / "good_test.xml").write_text(GTEST % (
                5, 0, '<testcase status="run"/><testcase><skipped/></testcase>'))
            (results / "late_test.xml").write_text(GTEST % (2, 0, ""))
            names = {"good": "good_test", "dies": "dies_test", "script": "python3",
                     "late": "late_test"}
            # 4 and 2 single tests, the script; failed: the one that died, the one that ended badly.
            self.assertEqual(unit_tests.total(results, names), (7, 2, 1))


if __name__ == "__main__":
    unittest.main()
