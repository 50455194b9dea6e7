# SPDX-License-Identifier: Apache-2.0
"""The one table at the end, of figures as the SDK told them."""

SHARES = (
    ("hit rate", "weeds of 2 cm and more that were hit"),
    ("worst slice", "the same of the slice that did worst"),
    ("product", "sprayed, of a broadcast"),
    ("needed product", "what a perfect machine would spray"),
    ("crop sprayed", "of its plants"),
)


def rows(values, lineage):
    yield "field B", "first model", "second model", ""
    for name, what in SHARES:
        before, after = (f"{100 * values[f'{name}, {when}']:.1f} %" for when in ("before", "after"))
        yield name, before, after, what
    yield "", lineage.get("worst slice, before", ""), lineage.get(
        "worst slice, after", ""
    ), "which that was"
    yield "weeds", *(f"{values[f'weeds, {when}']:.0f}" for when in ("before", "after")), "judged"
    yield (
        "IoU of weed",
        *(f"{values[f'IoU of weed in training {n}']:.3f}" for n in (1, 2)),
        "in training, on what was kept",
    )
    yield (
        "frames left out",
        *(f"{100 * values[f'frames left out, {when}']:.0f} %" for when in ("before", "after")),
        "too busy to draw them in time",
    )
    missing = f"of them missing at the server: {values['spray records missing']:.0f}"
    yield "sprayed pieces", f"{values['spray records']:.0f}", "", missing
    learnt = f"learnt from: {values['images learnt from']:.0f}, of the half that is not judged"
    yield "images sent back", f"{values['images sent back']:.0f}", "", learnt
    yield "bytes sent back", f"{values['bytes sent back'] / 1e6:.1f} MB", "", ""


def text(values, lineage):
    lines = list(rows(values, lineage))
    widths = [max(len(row[i]) for row in lines) for i in range(4)]
    out = []
    for i, row in enumerate(lines):
        cells = (row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3])
        out.append("  ".join(cells).rstrip())
        if i == 0:
            out.append("-" * (sum(widths) + 6))
    minutes = [
        (k.removeprefix("seconds: "), v) for k, v in values.items() if k.startswith("seconds: ")
    ]
    out += ["", "minutes a step"]
    out += [f"{seconds / 60:6.1f}  {title}" for title, seconds in minutes]
    out.append(f"{sum(s for _, s in minutes) / 60:6.1f}  all of it")
    return "\n".join(out)
