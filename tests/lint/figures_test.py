#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows tools/lint/figures.py passing a page with sources and catching every kind without."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools/lint/figures.py"
RESULTS = {"name": "server", "at": "2026-01-02T03:04:05Z", "command": "./x bench server",
           "commit": "0123456789abcdef", "problems": [],
           "machine": {"cpu": "c", "cores": 2, "memory": "1 kB", "kernel": "6"},
           "rows": [{"key": "a", "figure": "events", "value": 412345.6, "unit": "/s", "bar": 400000,
                     "most": False, "met": True, "limit": "", "mlflow": None,
                     "note": "p50 1.25 ms"}]}


def lint(readme, page="", bench=""):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs/results").mkdir(parents=True)
        (root / "docs/results/server.json").write_text(json.dumps(RESULTS))
        (root / "README.md").write_text(readme)
        (root / "docs/page.md").write_text(page)
        (root / "src/json").mkdir(parents=True)
        (root / "src/json/CMakeLists.txt").write_text(bench)
        done = subprocess.run([sys.executable, TOOL, "--root", root], stdout=subprocess.PIPE,
                              text=True)
        return done.returncode, done.stdout


class FiguresTest(unittest.TestCase):
    def test_no_figures_need_no_source(self):
        self.assertEqual(lint("Takes 5 minutes, 64 MB at most, port 8008, `5 ms`.\n"), (0, ""))

    def test_a_figure_alone_is_caught(self):
        for text in ("It answers in 5 ms.", "Takes 400,000 events/s.", "3.8 bytes per point.",
                     "| upload | 1.2 GB/s |", "With 64 MB resident."):
            status, said = lint(text + "\n")
            self.assertEqual(status, 1, text)
            self.assertIn("README.md:1: figures without a source", said)
        self.assertEqual(lint("Fine.\n", "a\n\nIt answers in 5 ms.\n")[1].split(":")[:2],
                         ["docs/page.md", "3"])

    def test_results_must_hold_the_figure(self):
        source = " <!-- figures: docs/results/server.json -->\n"
        self.assertEqual(lint("Takes 412,000 events/s, p50 1.25 ms." + source), (0, ""))
        alone = "<!-- figures: docs/results/server.json -->\n\n"
        self.assertEqual(lint(alone + "| 412,346 events/s |\n"), (0, ""))
        status, said = lint("Takes 450,000 events/s." + source)
        self.assertEqual(status, 1)
        self.assertIn("450,000 events/s is not in docs/results/server.json", said)
        self.assertEqual(lint("In 5 ms. <!-- figures: docs/results/none.json -->\n")[0], 1)

    def test_a_source_speaks_for_one_block(self):
        status, said = lint("<!-- figures: bound -->\n\nIn 5 ms.\n\nAnd in 6 ms.\n")
        self.assertEqual((status, said.split(":")[1]), (1, "5"))

    def test_benchmark_programs_exist(self):
        text = "Parses at 1 GB/s. <!-- figures: furrow_json_bench -->\n"
        self.assertEqual(lint(text, bench="furrow_module(json BENCH json_bench.cc)\n"), (0, ""))
        self.assertEqual(lint(text, bench="furrow_module(json SRCS a.cc)\n")[0], 1)
        self.assertEqual(lint("In 5 ms. <!-- figures: hearsay -->\n")[0], 1)

    def test_generated_parts_are_what_the_results_say(self):
        sys.path.insert(0, str(TOOL.parents[1] / "report"))
        import render
        begin = "<!-- report:begin docs/results/server.json -->\n"
        good = begin + render.markdown(RESULTS) + "<!-- report:end -->\n"
        self.assertIn("412,346 /s", good)
        self.assertEqual(lint("x\n", good), (0, ""))
        status, said = lint("x\n", good.replace("412,346", "512,346"))
        self.assertEqual(status, 1)
        self.assertIn("is not what docs/results/server.json says", said)


if __name__ == "__main__":
    unittest.main()
