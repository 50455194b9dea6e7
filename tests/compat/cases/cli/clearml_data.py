# SPDX-License-Identifier: Apache-2.0
"""The clearml-data command line: create, add, upload, close, list, get, verify, child, squash,
delete."""

NEEDS = {"sdk": ["2.1"], "programs": ["clearml-data"], "timeout": 240}


def client(facts):
    import os
    import re
    import subprocess

    def data(*arguments):
        done = subprocess.run(["clearml-data", *arguments], capture_output=True, text=True)
        print("$ clearml-data", *arguments, "->", done.returncode)
        print(done.stdout, done.stderr)
        if done.returncode:
            raise SystemExit(f"clearml-data {arguments[0]} failed")
        return done.stdout

    os.makedirs("rows")
    for name in ("a", "b"):
        with open(f"rows/{name}.csv", "w") as file:
            file.write(name)
    created = data(
        "create", "--project", "compat/cli", "--name", "rows", "--version", "1.0", "--tags", "cli"
    )
    first = re.search(r"id=([0-9a-f]{32})", created).group(1)
    data("add", "--id", first, "--files", "rows")
    data("upload", "--id", first)
    data("close", "--id", first)
    created = data("create", "--project", "compat/cli", "--name", "rows", "--parents", first)
    second = re.search(r"id=([0-9a-f]{32})", created).group(1)
    with open("rows/c.csv", "w") as file:
        file.write("c")
    data("sync", "--id", second, "--folder", "rows")
    facts["first"], facts["second"] = first, second
    facts["list"] = data("list", "--id", second)
    facts["search"] = data("search", "--project", "compat/cli", "--name", "rows")
    data("get", "--id", second, "--copy", "copy")
    facts["copy"] = sorted(f for f in os.listdir("copy") if f.endswith(".csv"))
    facts["verify"] = data("verify", "--id", second)
    facts["compare"] = data("compare", "--source", second, "--target", first)
    squashed = data("squash", "--name", "squashed", "--ids", second)
    facts["squashed"] = re.findall(r"[0-9a-f]{32}", squashed)[-1]
    facts["published"] = data("publish", "--id", first)
    data("delete", "--id", facts["squashed"], "--force")


def check(raw, facts):
    raw.same("status", raw.task(facts["first"])["status"], "published")
    raw.same("second", raw.task(facts["second"])["status"], "completed")
    struct = raw.task(facts["second"])["configuration"]["Dataset Struct"]["value"]
    raw.has("parents", struct, facts["first"], facts["second"])
    raw.has("tags", raw.task(facts["first"])["tags"], "cli")
    raw.has("list", facts["list"], "a.csv", "b.csv", "c.csv")
    raw.has("search", facts["search"], facts["second"])
    raw.same("copy", facts["copy"], ["a.csv", "b.csv", "c.csv"])
    raw.true("deleted", not raw.task_exists(facts["squashed"]))
