#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows every rule of tools/lint catching a bad tree, and a good tree passing."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools/lint"
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"

GOOD = {
    "src/base/CMakeLists.txt": "furrow_module(base\n  EXTERNAL fmt # text\n  SRCS a.cc\n"
                               "  TESTS a_test.cc)\n",
    "src/base/a.h": SPDX + "#pragma once\n#include <string>\n#include <unistd.h>\n",
    "src/base/a.cc": SPDX + '#include "base/a.h"\n\n#include <fmt/format.h>\n',
    "src/base/a_test.cc": SPDX + '#include "base/a.h"\n\n#include <gtest/gtest.h>\n',
    "src/json/CMakeLists.txt": "furrow_module(json DEPS base)\n",
    "src/json/v.h": SPDX + '#include "base/a.h"\n',
    "src/store/kv/CMakeLists.txt": "furrow_module(store/kv EXTERNAL rocksdb SRCS k.cc)\n",
    "src/store/kv/k.cc": SPDX + '#include <rocksdb/db.h>\n\n#include "base/a.h"\n',
    "src/store/docs/CMakeLists.txt": "furrow_module(store/docs DEPS store/kv SRCS d.cc)\n",
    "src/store/docs/d.cc": SPDX + '// the ClearML names are not known here\n#include "json/v.h"\n',
    "src/domain/CMakeLists.txt": "furrow_module(domain DEPS base SRCS r.cc)\n",
    "src/domain/r.cc": SPDX + '#include "base/a.h"\n',
    "src/service/tasks/CMakeLists.txt":
        "furrow_module(service/tasks DEPS domain store/docs SRCS t.cc)\n",
    "src/service/tasks/t.cc": SPDX + "// system(x) is not called\n",
    "src/service/users/CMakeLists.txt": "furrow_module(service/users DEPS domain)\n",
    "src/client/CMakeLists.txt": "furrow_module(client DEPS base)\n",
    "src/cli/CMakeLists.txt": "furrow_module(cli DEPS client)\n",
}


def lint(tool, changes, git=False):
    """(exit status, output) of a lint over the good tree with `changes` laid on it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**GOOD, **changes}.items():
            if text is not None:
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if git:
            subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
        done = subprocess.run([sys.executable, TOOLS / tool, "--root", folder],
                              stdout=subprocess.PIPE, text=True)
        return done.returncode, done.stdout


class LintCase(unittest.TestCase):
    tool = ""

    def catches(self, changes, *said):
        status, output = lint(self.tool, changes)
        self.assertEqual(status, 1, output)
        for text in said:
            self.assertIn(text, output)
        self.assertEqual(len(output.splitlines()), 1, output)

    def passes(self, changes):
        self.assertEqual(lint(self.tool, changes), (0, ""))


class Layers(LintCase):
    tool = "layers.py"

    def test_good_tree(self):
        self.passes({})

    def test_include_of_an_undeclared_module(self):
        self.catches({"src/service/tasks/t.cc": SPDX + '#include "store/kv/x.h"\n',
                      "src/store/kv/x.h": SPDX},
                     "src/service/tasks/t.cc:2", "does not name it in DEPS")

    def test_a_dependency_of_a_dependency_is_not_declared(self):
        self.catches({"src/cli/c.h": SPDX + '#include "client/c.h"\n#include "auth/u.h"\n',
                      "src/client/CMakeLists.txt": "furrow_module(client DEPS base json)\n",
                      "src/client/c.h": SPDX, "src/auth/u.h": SPDX,
                      "src/auth/CMakeLists.txt": "furrow_module(auth DEPS base)\n"},
                     "'cli' includes 'auth'")

    def test_what_tests_alone_may_see(self):
        base = "furrow_module(base TEST_DEPS json EXTERNAL fmt SRCS a.cc TESTS a_test.cc)\n"
        self.passes({"src/base/CMakeLists.txt": base,
                     "src/base/a_test.cc": SPDX + '#include "json/v.h"\n'})
        self.catches({"src/base/CMakeLists.txt": base,
                      "src/base/a.cc": SPDX + '#include "json/v.h"\n'}, "'base' includes 'json'")

    def test_upward_dependency(self):
        self.catches({"src/json/CMakeLists.txt": "furrow_module(json DEPS domain)\n"},
                     "'json' may not depend on 'domain'")

    def test_sideways_dependency(self):
        self.catches({"src/query/CMakeLists.txt": "furrow_module(query DEPS client)\n"},
                     "'query' may not depend on 'client'")

    def test_open_modules_are_not_open_to_those_below(self):
        self.catches({"src/base/a.h": SPDX + '#include "json/w.h"\n', "src/json/w.h": SPDX},
                     "'base' includes 'json'")

    def test_unknown_dependency_and_unknown_module(self):
        self.catches({"src/cli/CMakeLists.txt": "furrow_module(cli DEPS klient)\n"},
                     "'klient', which is no module")
        self.catches({"src/odd/CMakeLists.txt": "furrow_module(odd DEPS base)\n"},
                     "'odd' has no row")

    def test_module_in_a_folder_of_another_name(self):
        self.catches({"src/webui/CMakeLists.txt": "furrow_module(cli DEPS client)\n",
                      "src/cli/CMakeLists.txt": None}, "must be in src/cli")

    def test_cycle_of_modules(self):
        status, output = lint(self.tool, {
            "src/json/CMakeLists.txt": "furrow_module(json DEPS base net)\n",
            "src/net/CMakeLists.txt": "furrow_module(net DEPS json)\n"})
        self.assertEqual(status, 1)
        self.assertIn("cycle of modules: json -> net -> json", output)

    def test_cycle_of_includes(self):
        self.catches({"src/base/p.h": SPDX + '#include "base/q.h"\n',
                      "src/base/q.h": SPDX + '#include "base/p.h"\n'},
                     "cycle of includes: base/p.h -> base/q.h -> base/p.h")

    def test_services_keep_apart(self):
        status, output = lint(self.tool, {
            "src/service/users/CMakeLists.txt":
                "furrow_module(service/users DEPS service/tasks)\n"})
        self.assertEqual(status, 1)
        self.assertIn("'service/users' may never reach 'service/tasks'", output)

    def test_command_line_reaches_no_store_even_indirectly(self):
        self.catches({"src/admin/CMakeLists.txt": "furrow_module(admin DEPS store/docs)\n",
                      "src/cli/CMakeLists.txt": "furrow_module(cli DEPS admin)\n",
                      "src/store/docs/CMakeLists.txt": "furrow_module(store/docs SRCS d.cc)\n"},
                     "'cli' may never reach 'store/docs' (cli -> admin -> store/docs)")

    def test_edge_reaches_no_network(self):
        self.catches({"src/http/CMakeLists.txt": "furrow_module(http DEPS base)\n",
                      "src/edge/track/CMakeLists.txt": "furrow_module(edge/track DEPS http)\n"},
                     "'edge/track' may never reach 'http'")

    def test_third_party_header_without_external(self):
        self.catches({"src/json/v.h": SPDX + "#include <fmt/core.h>\n"},
                     "src/json/v.h:2", "does not list 'fmt' under EXTERNAL")

    def test_third_party_library_outside_its_wrapper(self):
        self.catches({"src/store/docs/CMakeLists.txt":
                      "furrow_module(store/docs DEPS store/kv EXTERNAL rocksdb SRCS d.cc)\n"},
                     "'store/docs' may not use rocksdb")

    def test_unknown_library(self):
        self.catches({"src/json/v.h": SPDX + "#include <sqlite3.h>\n"}, "of no library")

    def test_test_headers_stay_in_tests(self):
        self.catches({"src/json/v.h": SPDX + "#include <gtest/gtest.h>\n"}, "in tests only")
        self.catches({"src/json/v.h": SPDX + "#include <benchmark/benchmark.h>\n"}, "BENCH only")

    def test_missing_file_and_unlisted_source(self):
        self.catches({"src/json/v.h": SPDX + '#include "a.h"\n'}, "no file below src/")
        self.catches({"src/base/b.cc": SPDX}, "nothing builds it")

    def test_file_of_no_module(self):
        self.catches({"src/lost/x.h": SPDX}, "belongs to no furrow_module()")

    def test_pure_domain(self):
        self.catches({"src/domain/r.cc": SPDX + "auto t = SystemClock().Now();\n"},
                     "domain does no")
        self.catches({"src/domain/r.cc": SPDX + "#include <fstream>\n"}, "domain does no")

    def test_no_shell_and_no_backtracking(self):
        self.catches({"src/base/a.cc": SPDX + "int r = std::system(c);\n"}, "no shell string")
        self.catches({"src/base/a.cc": SPDX + "#include <regex>\n"}, "RE2")

    def test_store_knows_no_clearml_name(self):
        self.catches({"src/store/docs/d.cc": SPDX + 'const char* n = "ClearML";\n'},
                     "src/store/docs/d.cc:2", "no ClearML name")


class Tidy(LintCase):
    tool = "tidy.py"

    def test_good_tree(self):
        self.passes({"docs/a.md": "long " * 40 + "line\n", "tests/golden/raw.cc": "\tx \n",
                     "picture.png": b"\x89PNG\0\xff"})
        self.assertEqual(lint(self.tool, {}, git=True), (0, ""))

    def test_licence_line(self):
        self.catches({"src/base/b.h": "#pragma once\n"}, "src/base/b.h:1", "lacks the line")
        self.catches({"tools/door": "#!/bin/sh\n"}, "lacks the line")

    def test_lengths(self):
        self.catches({"src/base/b.h": SPDX * 301}, "at most 300")
        self.catches({"src/base/b.cc": SPDX * 701}, "at most 700")
        self.catches({"apps/furrow/main.cc": SPDX * 101}, "at most 100")
        self.catches({"src/base/b.h": SPDX + "//" + "x" * 99 + "\n"}, "101 columns")
        self.passes({"src/base/b.h": SPDX + "//" + "x" * 98 + "\n"})
        self.catches({"big.bin": b"\0" * 2_000_001}, "2000001 bytes")

    def test_blanks(self):
        self.catches({"src/base/b.h": SPDX + "\tint x;\n"}, ":2: holds a tab")
        self.catches({"src/base/b.h": SPDX + "int x; \n"}, ":2: ends in blanks")
        self.catches({"src/base/b.h": SPDX + "int x;"}, "newline")
        self.passes({"t.tsv": "a\tb\n"})

    def test_leftovers(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X"):
            self.catches({"src/base/b.h": SPDX + f"// {word}: later\n"}, "a leftover: " + word)
        self.catches({"docs/a.md": "<" * 7 + " ours\n"}, "a merge marker")

    def test_names_that_must_not_appear(self):
        self.catches({"docs/a.md": "see /wo" "rk/main for more\n"}, "a path of one machine")
        self.catches({"tools/get.sh": "# " + SPDX[3:] + "curl https://py" "pi.org/simple\n"},
                     "a download host")
        self.passes({"docs/a.md": "the folder network/work/x and https://example.org/work/x\n"})


if __name__ == "__main__":
    unittest.main()
