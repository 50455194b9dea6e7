# SPDX-License-Identifier: Apache-2.0
"""Debian's chromium, driven by Playwright, with nothing but our own server in reach."""

import pathlib
import time
import urllib.parse

from playwright.sync_api import TimeoutError as NotInTime  # noqa: F401  (for those who import us)
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 30_000


class Browser:
    def __init__(self, server):
        self.server = server
        self.outside, self.errors = [], []
        self._play = sync_playwright().start()
        # No name resolves and only the server's own address is an address.
        host = urllib.parse.urlsplit(server.urls["web"]).hostname
        self._chromium = self._play.chromium.launch(executable_path=CHROMIUM, args=[
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}"])
        self.context = None

    def fresh(self, width=1360, height=900, **options):
        """A page in a profile of its own: no cookie, nothing cached."""
        if self.context:
            self.context.close()
        self.context = self._chromium.new_context(
            base_url=self.server.urls["web"], viewport={"width": width, "height": height},
            **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._asked)
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        return page

    def _asked(self, request):
        parts = urllib.parse.urlsplit(request.url)
        ours = urllib.parse.urlsplit(self.server.urls["web"])
        if parts.scheme != "data" and parts.netloc != ours.netloc:
            self.outside.append(request.url)

    def _said(self, message):
        # The browser itself notes calls that did not come through, which the tests provoke, and
        # that one of our headers has no effect where an address has no TLS.
        noted = ("Failed to load resource", "The Cross-Origin-Opener-Policy header has been")
        if message.type == "error" and not message.text.startswith(noted):
            self.errors.append(message.text)

    def sign_in(self, page, name, path="/fleet"):
        page.goto(path)
        page.get_by_label("User").fill(name)
        page.get_by_label("Password").fill(self.server.password(name))
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name="Fleet").wait_for()

    def findings(self, page):
        """Serious and critical ones of axe-core, as lines."""
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]
                if v["impact"] in ("serious", "critical")]

    def close(self):
        if self.context:
            self.context.close()
        self._chromium.close()
        self._play.stop()


def wire(page):
    """Counts what a page costs on the wire from here on: call the result for (requests, bytes)."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    seen = {"requests": 0, "bytes": 0}

    def asked(_):
        seen["requests"] += 1

    def ended(event):
        seen["bytes"] += event["encodedDataLength"]

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", ended)
    return lambda: (seen["requests"], int(seen["bytes"]))


def tab_to(page, name, most=80):
    """Presses Tab until the element of that name has the focus; False when it never gets it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "document.activeElement && (document.activeElement.getAttribute('aria-label') ||"
            " document.activeElement.innerText || '').trim()")
        if focus == name:
            return True
    return False


def answer(page, button, reason=""):
    """Presses a button and says yes to its question, by the keyboard alone; False when Tab does not
    lead to the button."""
    page.evaluate("document.activeElement.blur()")
    if not tab_to(page, button):
        return False
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="hidden")
    return True


def network(page):
    """Call the result with False to cut the page off, with True to let it in again."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return lambda there: session.send("Network.emulateNetworkConditions", {
        "offline": not there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
