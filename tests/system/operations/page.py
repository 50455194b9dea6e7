# SPDX-License-Identifier: Apache-2.0
"""The commands and files of a page of documentation, as a reader finds them."""

import collections
import re

Block = collections.namedtuple("Block", "heading number language text")


def blocks(path):
    """All fenced blocks, in order; `number` counts those below one heading from 1."""
    out, heading, count = [], "", collections.Counter()
    language, lines = None, []
    for line in path.read_text().splitlines():
        if language is None and (found := re.match(r"#+ (.*)", line)):
            heading = found[1]
        elif language is None and (found := re.match(r"```(\w+)$", line)):
            language, lines = found[1], []
        elif language is not None and line == "```":
            count[heading] += 1
            out.append(Block(heading, count[heading], language, "\n".join(lines) + "\n"))
            language = None
        elif language is not None:
            lines.append(line)
    return out
