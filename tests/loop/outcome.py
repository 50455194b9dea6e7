# SPDX-License-Identifier: Apache-2.0
"""What has to be true when the loop's short form has ended."""

import json


def judge(that, status, output, figures):
    """`that(what, good)` for each; `figures` is the file of --json."""
    that("it ends well", status == 0)
    that("with its table", "hit rate" in output and "all of it" in output)
    told = json.loads(figures.read_text()) if figures.exists() else {"values": {}, "lineage": {}}
    values, lineage = told["values"], told["lineage"]
    for when in ("before", "after"):
        that(f"weeds were judged {when}", values.get(f"weeds, {when}", 0) > 20)
    that("images came back", values.get("images sent back", 0) > 0)
    that(
        "nothing that was sprayed is missing at the server",
        values.get("spray records missing", -1) == 0,
    )
    for kind in ("task", "model", "data set", "release"):
        two = {lineage.get(f"{kind} 1"), lineage.get(f"{kind} 2")}
        that(f"two of {kind}: {two}", None not in two and len(two) == 2)
    return lineage
