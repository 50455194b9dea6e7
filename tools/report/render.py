# SPDX-License-Identifier: Apache-2.0
"""Results as Markdown, and the parts of pages that are made of them:

    <!-- report:begin docs/results/server.json [KEY...] -->
    ...
    <!-- report:end -->

With keys only those rows are shown.
"""
import json
import re

BEGIN = "<!-- report:begin "
END = "<!-- report:end -->"
PART = re.compile(r"^<!-- report:begin (\S+)((?: \S+)*) -->\n(.*?)^<!-- report:end -->\n?",
                  re.MULTILINE | re.DOTALL)
HEADINGS = ["figure", "measured", "bar", "met", "limit of this machine", "MLflow"]


def short(number):
    """A number with the digits that matter."""
    if number is None:
        return "-"
    if isinstance(number, str):
        return number
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number else "0"


def cells(row):
    bar = ""
    if row["bar"] is not None:
        bar = f"{'at most' if row['most'] else 'at least'} {short(row['bar'])}"
    other = row["mlflow"]
    if isinstance(other, (int, float)):
        other = f"{short(other)} {row['unit']}".strip()
    return [row["figure"].strip(), f"{short(row['value'])} {row['unit']}".strip(), bar,
            {None: "", True: "yes", False: "**no**"}[row["met"]], row["limit"] or "", other or ""]


def filled(table):
    """Without the columns that hold nothing below their heading; the first two stay."""
    keep = [i for i in range(len(table[0])) if i < 2 or any(row[i] for row in table[1:])]
    return [[row[i] for i in keep] for row in table]


def markdown(said, keys=()):
    """The table of a results file, with what it was measured on below it."""
    rows = [r for r in said["rows"] if not keys or r["key"] in keys]
    table = filled([HEADINGS] + [cells(row) for row in rows])
    lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in table]
    lines.insert(1, "|" + "---|" * len(table[0]))
    machine = said["machine"]
    lines += ["", f"{said['at'][:10]}, commit {said['commit'][:12]}, {machine['cpu']}, "
                  f"{machine['cores']} cores, {machine['memory']}, Linux {machine['kernel']}: "
                  f"`{said['command']}`"]
    if not keys:
        notes = [f"- {row['figure'].strip()}: {row['note']}" for row in rows if row["note"]]
        notes += [f"- not measured: {p['part']} ({p['why']})" for p in said["problems"]]
        if notes:
            lines += ["", *notes]
    return "\n".join(lines) + "\n"


def part(root, name, keys):
    path = root / name
    if not path.is_file():
        return "Not measured yet: `./x report` does.\n"
    return markdown(json.loads(path.read_text()), keys.split())


def rewritten(root, text):
    """A page with its parts made anew."""
    return PART.sub(lambda m: f"{BEGIN}{m[1]}{m[2]} -->\n{part(root, m[1], m[2])}{END}\n", text)


def differences(root, text):
    """Yields (line, message) for parts that are not what their results say."""
    for found in PART.finditer(text):
        if found[3] != part(root, found[1], found[2]):
            line = text[:found.start()].count("\n") + 1
            yield line, f"is not what {found[1]} says: run ./x report --write"
