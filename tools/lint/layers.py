#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the modules under src/ against tools/lint/layers.toml and their own furrow_module() lines.

    layers.py [--root DIR]

Prints one line per violation and exits with 1 when there is any.
"""
import argparse
import dataclasses
import fnmatch
import re
import sys
import tomllib
from pathlib import Path

KEYWORDS = ("DEPS", "EXTERNAL", "SRCS", "TESTS", "BENCH", "FUZZ", "TEST_DEPS")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TEST_NAME = re.compile(r"(^|_)(test|tests|fixture|fake)(_|$)")
TEST_HEADERS = ("gtest/", "gmock/")


@dataclasses.dataclass
class Module:
    name: str
    folder: Path
    listed: dict


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def without_comments(text):
    """Blanks out comments and keeps the line count; string literals survive."""
    def blank(match):
        piece = match.group(0)
        return piece if piece[0] in "\"'" else re.sub(r"[^\n]", " ", piece)
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


class Checker:
    def __init__(self, root):
        self.root, self.problems = root, []
        self.rules = tomllib.loads((Path(__file__).parent / "layers.toml").read_text())
        self.modules = {}

    def report(self, place, message):
        if isinstance(place, Path):
            place = place.relative_to(self.root)
        self.problems.append(f"{place}: {message}")

    def run(self):
        self.read_modules()
        for module in self.modules.values():
            self.check_declared(module)
        self.check_cycles({m.name: self.declared(m) for m in self.modules.values()}, "modules")
        self.check_never()
        self.check_sources()
        return self.problems

    def read_modules(self):
        for path in sorted((self.root / "src").rglob("CMakeLists.txt")):
            text = re.sub(r"#[^\n]*", "", path.read_text())
            for call in re.finditer(r"\bfurrow_module\s*\(([^)]*)\)", text):
                words = call.group(1).split()
                listed, key = {k: [] for k in KEYWORDS}, None
                for word in words[1:]:
                    if word in KEYWORDS:
                        key = word
                    elif key:
                        listed[key].append(word)
                    else:
                        self.report(path, f"'{word}' stands before any of {', '.join(KEYWORDS)}")
                module = Module(words[0], path.parent, listed)
                if path.parent != self.root / "src" / module.name:
                    self.report(path, f"module '{module.name}' must be in src/{module.name}")
                self.modules[module.name] = module

    def layer(self, name):
        # An exact name beats a pattern: store/kv lies below the other stores.
        for exact in (True, False):
            for height, row in enumerate(self.rules["layers"]):
                if name in row if exact else matches(name, row):
                    return height
        return None

    def declared(self, module):
        return [d for d in module.listed["DEPS"] if d in self.modules and d != module.name]

    def check_declared(self, module):
        place = module.folder / "CMakeLists.txt"
        height = self.layer(module.name)
        if height is None:
            self.report(place, f"module '{module.name}' has no row in tools/lint/layers.toml")
        for name in module.listed["DEPS"] + module.listed["TEST_DEPS"]:
            if name not in self.modules:
                self.report(place, f"DEPS names '{name}', which is no module")
        for name in module.listed["DEPS"]:
            below = self.layer(name) if name in self.modules else None
            if None not in (height, below) and below >= height:
                self.report(place, f"'{module.name}' may not depend on '{name}': only on lower "
                                   "rows of tools/lint/layers.toml")
        externals = {e["name"]: e for e in self.rules["external"]}
        for name in module.listed["EXTERNAL"]:
            if name in externals and not matches(module.name, externals[name]["modules"]):
                self.report(place, f"'{module.name}' may not use {name}; in tools/lint/layers.toml "
                                   f"it belongs to: {', '.join(externals[name]['modules'])}")
        built = {f for k in ("SRCS", "TESTS", "BENCH", "FUZZ") for f in module.listed[k]}
        for path in sorted(module.folder.glob("*.cc")):
            if path.name not in built:
                self.report(path, "is in no list of its furrow_module(), so nothing builds it")

    def check_cycles(self, edges, kind):
        state = {}

        def visit(name, trail):
            state[name] = "open"
            for other in edges.get(name, ()):
                if state.get(other) == "open":
                    cycle = trail[trail.index(other):] if other in trail else [name]
                    self.report(other, f"cycle of {kind}: {' -> '.join([*cycle, other])}")
                elif other not in state:
                    visit(other, [*trail, other])
            state[name] = "done"

        for name in sorted(edges):
            if name not in state:
                visit(name, [name])

    def check_never(self):
        for module in self.modules.values():
            reached, queue = {}, [(d, [d]) for d in self.declared(module)]
            while queue:
                name, trail = queue.pop(0)
                if name not in reached:
                    reached[name] = trail
                    queue += [(d, [*trail, d]) for d in self.declared(self.modules[name])]
            for rule in self.rules["never"]:
                if not matches(module.name, rule["from"]):
                    continue
                for name, trail in reached.items():
                    if name != module.name and matches(name, rule["to"]):
                        self.report(module.folder / "CMakeLists.txt",
                                    f"'{module.name}' may never reach '{name}' "
                                    f"({' -> '.join([module.name, *trail])}): {rule['why']}")

    def owner(self, path):
        for folder in path.parents:
            if folder == self.root:
                return None
            for module in self.modules.values():
                if module.folder == folder:
                    return module
        return None

    def check_sources(self):
        edges = {}
        for path in sorted([*(self.root / "src").rglob("*.h"), *(self.root / "src").rglob("*.cc")]):
            module = self.owner(path)
            if module is None:
                self.report(path, "belongs to no furrow_module()")
                continue
            is_test = (path.name in module.listed["TESTS"]
                       or TEST_NAME.search(path.stem) is not None)
            text = path.read_text()
            edges[str(path.relative_to(self.root / "src"))] = includes = []
            for number, line in enumerate(text.splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                place = f"{path.relative_to(self.root)}:{number}"
                if found.group(1) == '"':
                    includes.append(found.group(2))
                    self.check_own(place, module, found.group(2), is_test)
                else:
                    self.check_foreign(place, path, module, found.group(2), is_test)
            if not is_test:
                self.check_text(path, module, without_comments(text))
        self.check_cycles({name: [i for i in includes if i in edges]
                           for name, includes in edges.items()}, "includes")

    def check_own(self, place, module, name, is_test):
        target = self.root / "src" / name
        if not target.exists():
            self.report(place, f'"{name}" is no file below src/')
            return
        other = self.owner(target)
        if other is None or other is module:
            return
        if other.name in module.listed["DEPS"] + module.listed["TEST_DEPS"] * is_test:
            return
        height, below = self.layer(module.name), self.layer(other.name)
        if other.name in self.rules["open"] and None not in (height, below) and below < height:
            return
        self.report(place, f"'{module.name}' includes '{other.name}' and does not name it in DEPS")

    def check_foreign(self, place, path, module, name, is_test):
        if "/" not in name and "." not in name:
            return
        system = self.rules["system"]
        if name in system["files"] or name.startswith(tuple(system["folders"])):
            return
        if name.startswith(TEST_HEADERS):
            if not is_test:
                self.report(place, f"<{name}> belongs in tests only")
            return
        if name.startswith("benchmark/"):
            if path.name not in module.listed["BENCH"]:
                self.report(place, f"<{name}> belongs in files listed under BENCH only")
            return
        for external in self.rules["external"]:
            if name.startswith(tuple(external["headers"])):
                if external["name"] not in module.listed["EXTERNAL"]:
                    self.report(place, f"<{name}>: '{module.name}' does not list "
                                       f"'{external['name']}' under EXTERNAL")
                return
        self.report(place, f"<{name}> is of no library in tools/lint/layers.toml")

    def check_text(self, path, module, text):
        for rule in self.rules["forbidden"]:
            if not matches(module.name, rule["in"]):
                continue
            for expression in rule["text"]:
                for found in re.finditer(expression, text):
                    number = text.count("\n", 0, found.start()) + 1
                    self.report(f"{path.relative_to(self.root)}:{number}",
                                f"'{found.group(0).strip()}' may not stand here: {rule['why']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    problems = Checker(parser.parse_args().root.resolve()).run()
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
