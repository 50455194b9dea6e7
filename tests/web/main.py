# SPDX-License-Identifier: Apache-2.0
"""Drives the pages in a real browser against a real server with scripted tractors.

usage: tests/web/run [--screenshot FILE] [--figures FILE] [PART]...

Parts: cold, sign-in, live, release, network, access, small; many, only when named. --screenshot
writes the picture of the documentation instead, --figures what was measured as JSON.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import parts  # noqa: E402
from browser import Browser  # noqa: E402
from fleet import Server  # noqa: E402


class Report:
    def __init__(self):
        self.passed, self.failed, self.figures = 0, 0, {}

    def ok(self, what, held, detail=""):
        if held:
            self.passed += 1
            print(f"ok      {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {what}: {str(detail)[:600]}", flush=True)
        return held

    def figure(self, name, value):
        self.figures[name] = value
        print(f"        {name} = {value}", flush=True)

    def end(self, folder):
        """The exit status; the folder stays when something failed."""
        if self.failed:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"RESULT passed={self.passed} failed={self.failed}", flush=True)
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screenshot")
    parser.add_argument("--figures")
    parser.add_argument("parts", nargs="*", metavar="PART")
    options = parser.parse_args()
    known = {**parts.PARTS, **parts.MORE}
    for name in options.parts:
        if name not in known:
            parser.error(f"no part '{name}'; there are: {' '.join(known)}")
    report = Report()
    folder = tempfile.mkdtemp(prefix="furrow-web-")
    server = Server(folder)
    browser = None
    try:
        server.start()
        browser = Browser(server)
        world = parts.World(server, browser, folder, report)
        for name in options.parts or ([] if options.screenshot else parts.PARTS):
            print(f"== {name}", flush=True)
            started = time.monotonic()
            known[name](world)
            print(f"        {time.monotonic() - started:.1f} s", flush=True)
        if options.screenshot:
            parts.picture(world, options.screenshot)
        report.ok("no request went to anybody else", not browser.outside, browser.outside)
        report.ok("no script failed and no policy was broken", not browser.errors, browser.errors)
    except Exception as error:
        traceback.print_exc()
        report.ok("the test came to its end", False, repr(error))
    finally:
        if browser:
            browser.close()
        server.stop()
    if options.figures:
        pathlib.Path(options.figures).write_text(json.dumps(report.figures, indent=1) + "\n")
    return report.end(folder)


if __name__ == "__main__":
    sys.exit(main())
