# SPDX-License-Identifier: Apache-2.0
"""Writes what became of the SDK's example scripts as a page of the documentation."""

import os
import re

from . import runner

PAGE = """\
# The SDK's own example scripts against Furrow

The example scripts of the public repository of the ClearML SDK ({repository}), unmodified, run with
{client} against `furrow server`: **{passed} of {total} passed**, {failed} failed, {skipped} were
not run. A script passes when it exits with 0 and everything that it queued has run to its end, by
an unmodified `clearml-agent`, without a failed task. A service, which runs for ever, passes when it
still runs after a while and ends when it is stopped from the server.

    ./x compat --examples DIR --table docs/compat-examples.md

writes this page. What is run with what is in `tests/compat/examples.tsv`.

| script | result | why |
|---|---|---|
{rows}
"""


def repository_version(folder):
    """How the checkout names itself; empty when it does not."""
    for base in (folder, os.path.dirname(folder)):
        try:
            with open(os.path.join(base, "clearml", "version.py")) as file:
                found = re.search(r'__version__ = "([^"]+)"', file.read())
                return found[1] if found else ""
        except OSError:
            pass
    return ""


def write(path, results, source, client):
    """`results` are runner.Result, one for each script; `client` names the SDK that ran them."""
    names = {runner.PASSED: "passed", runner.FAILED: "**failed**", runner.SKIPPED: "not run"}
    count = {verdict: sum(r.verdict == verdict for r in results) for verdict in names}
    version = repository_version(os.path.abspath(source))
    rows = "\n".join(
        f"| `{r.name}` | {names[r.verdict]} | {r.reason.replace('|', '/')} |"
        for r in sorted(results, key=lambda r: r.name)
    )
    with open(path, "w") as file:
        file.write(
            PAGE.format(
                repository=f"version {version}" if version else "version unknown",
                client=client,
                total=len(results),
                passed=count[runner.PASSED],
                failed=count[runner.FAILED],
                skipped=count[runner.SKIPPED],
                rows=rows,
            )
        )
