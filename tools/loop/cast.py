# SPDX-License-Identifier: Apache-2.0
"""A recorded terminal session (asciicast, version 2) as one animated SVG: lines of text that come
and go, without scripts, so that it plays wherever pictures are shown. Waiting is played faster."""

import json
import re
from xml.sax.saxutils import escape

CELL_W, CELL_H, PAD = 7.83, 17, 14  # of a character of 13 px, in pixels
PLAY_S, HOLD_S = 40, 12  # all of it; then the end stays
NEAR_S = 0.8  # so long after a new line nothing is hurried
BLINK_S = 0.12  # what is replaced sooner is not shown
PART = re.compile(r"\r|\n|\x1b\[K|\x1b\[[0-9;]*m|[^\x00-\x1f\x7f]+")


class Unreadable(Exception):
    """Not a recording, or one of a program that does more than write lines."""


def read(text):
    """(header, [(seconds, what was written)])"""
    lines = text.splitlines()
    try:
        header = json.loads(lines[0])
        if header["version"] != 2:
            raise Unreadable(f"line 1: version {header['version']} is not 2")
        int(header["width"]), int(header["height"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"line 1: no header of an asciicast: {error!r}") from None
    events, last = [], 0.0
    for number, line in enumerate(lines[1:], 2):
        try:
            at, kind, data = json.loads(line)
            at = float(at)
        except (ValueError, TypeError) as error:
            raise Unreadable(f"line {number}: no event: {error}") from None
        if at < last:
            raise Unreadable(f"line {number}: {at} s lies before the event above it")
        last = at
        if kind == "o":
            events.append((at, data))
    return header, events


class Screen:
    """Lines from the first one on; nothing is forgotten when they scroll out of sight."""

    def __init__(self, width):
        self.width, self.lines, self.row, self.column = width, [""], 0, 0

    def write(self, data):
        at = 0
        while at < len(data):
            part = PART.match(data, at)
            if not part:
                raise Unreadable(f"no line of text: {data[at:at + 12]!r}")
            self._apply(part.group())
            at = part.end()

    def _apply(self, part):
        if part == "\r":
            self.column = 0
        elif part == "\n":
            self._down()
        elif part == "\x1b[K":
            self.lines[self.row] = self.lines[self.row][: self.column]
        elif not part.startswith("\x1b"):  # colours are passed over
            for one in part:
                if self.column == self.width:
                    self._down()
                    self.column = 0
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + one + line[self.column + 1 :]
                self.column += 1

    def _down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")


def hurried(events):
    """The same with waiting made short: what lies more than NEAR_S after a finished line."""
    steps, near, far, since, last = [], 0.0, 0.0, 0.0, 0.0
    for at, data in events:
        slow = max(0.0, min(at, since + NEAR_S) - last)
        steps.append((slow, at - last - slow, data))
        near, far, last = near + slow, far + at - last - slow, at
        if "\n" in data:
            since = at
    times = max(1.0, far / max(1.0, PLAY_S - near))
    out, now = [], 0.0
    for slow, quick, data in steps:
        now += slow + quick / times
        out.append((now, data))
    return out


def spans(events, header):
    """([(line, text, from, until or None)], [(seconds, first line in sight)], end)"""
    screen, shown, found, tops = Screen(header["width"]), {}, [], [(0.0, 0)]
    if header.get("command"):
        screen.write(f"$ {header['command']}\r\n")
        shown[0] = (0.0, screen.lines[0])
    for at, data in events:
        screen.write(data)
        for line, text in enumerate(screen.lines):
            text = text.rstrip()
            since, had = shown.get(line, (at, ""))
            if text == had:
                continue
            if had and at - since >= BLINK_S:
                found.append((line, had, since, at))
            elif had:
                at = since  # the next one takes its place at once
            shown[line] = (at, text)
        top = max(0, len(screen.lines) - header["height"])
        if top != tops[-1][1]:
            tops.append((at, top))
    found += [(line, text, since, None) for line, (since, text) in shown.items() if text]
    return sorted(found, key=lambda one: (one[2], one[0])), tops, events[-1][0] if events else 0.0


def svg(text, about=""):
    header, events = read(text)
    found, tops, end = spans(hurried(events), header)
    whole = end + HOLD_S
    width = header["width"] * CELL_W + 2 * PAD
    height = header["height"] * CELL_H + 2 * PAD

    def when(seconds):
        return f"{seconds / whole:.4f}".rstrip("0").rstrip(".") or "0"

    def animate(name, values, times, more=""):
        return (
            f'<{more or "animate"} attributeName="{name}" values="{";".join(values)}" '
            f'keyTimes="{";".join(map(when, times))}" calcMode="discrete" dur="{whole:.2f}s" '
            'repeatCount="indefinite"'
        )

    out = []
    for line, what, since, until in found:
        # Where nothing is animated the end is seen.
        hidden = "" if until is None else ' visibility="hidden"'
        # Browsers do not agree on what keeps spaces; these are kept by all.
        words = escape(what.replace(" ", "\u00a0"))
        words = f'<text y="{(line + 0.78) * CELL_H:.0f}"{hidden}>{words}'
        values = ["hidden", "visible"] + ([] if until is None else ["hidden"])
        times = [0, since] + ([] if until is None else [until])
        if when(since) == "0":
            values, times = values[1:], [0, *times[2:]]
        if len(values) > 1:
            words += animate("visibility", values, times) + "/>"
        out.append(words + "</text>")
    moves = [f"0 {-top * CELL_H}" for _, top in tops]
    scroll = animate("transform", moves, [at for at, _ in tops], "animateTransform")
    label = escape(about or header.get("title", ""), {'"': "&quot;"})
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img"
  aria-label="{label}" font-size="13"
  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace">
<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#10161d"/>
<svg x="{PAD}" y="{PAD}" width="{width - 2 * PAD:.0f}" height="{height - 2 * PAD}">
<g fill="#dbe4ec" transform="translate({moves[-1]})">
{scroll} type="translate"/>
{chr(10).join(out)}
</g>
</svg>
</svg>
"""
