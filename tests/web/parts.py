# SPDX-License-Identifier: Apache-2.0
"""What is tried, part by part. They share one server and run in this order."""

import json
import math
import os
import random
import re
import time

import bundle
from browser import answer, network as network_of, tab_to, until, wire
from ed25519 import Key
from fleet import Tractor

ROW = "tbody tr"


class World:
    def __init__(self, server, browser, folder, report):
        self.server, self.browser, self.folder, self.report = server, browser, folder, report
        self.tractors, self.page = {}, None
        self.key = None

    def tractor(self, name):
        if name not in self.tractors:
            self.tractors[name] = Tractor(self.server, name, self.folder)
        return self.tractors[name]

    def fleet_page(self):
        """A signed-in /fleet whose stream is open."""
        page = self.browser.fresh()
        self.browser.sign_in(page, "jane")
        page.locator("[data-link=live]").wait_for()
        return page

    def bundle(self, version, passed=True):
        """A signed bundle on the file server: (its id, its path there)."""
        if self.key is None:
            self.key = Key(self.folder)
            self.server.call("fleet.add_key", {"name": "lab", "public_key": self.key.public.hex()})
        path = os.path.join(self.folder, f"weednet-{version}.bundle")
        identity = bundle.make(path, self.key, "weednet", version, passed)
        with open(path, "rb") as file:
            self.server.upload(f"bundles/weednet-{version}.bundle", file.read())
        return identity, f"bundles/weednet-{version}.bundle"

    def release(self, name, version, rings, gates=None):
        _, path = self.bundle(version)
        body = {"name": name, "bundle": path,
                "rings": [{"name": n, "tractors": t} for n, t in rings]}
        if gates:
            body["gates"] = gates
        return self.server.call("releases.create", body)["release"]


def row(page, name):
    return page.locator(ROW).filter(has=page.get_by_role("button", name=name, exact=True))


def pieces(page):
    """How many sprayed pieces the map says it shows."""
    label = page.locator("canvas").get_attribute("aria-label") or ""
    found = re.search(r"(\d+) sprayed pieces", label)
    return int(found.group(1)) if found else -1


BLUE = """() => {
  const c = document.querySelector('canvas');
  const ink = getComputedStyle(c).getPropertyValue('--map-cell').trim();
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(ink.slice(i, i + 2), 16));
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = 0; i < d.length; i += 4) {
    if (Math.abs(d[i] - r) + Math.abs(d[i + 1] - g) + Math.abs(d[i + 2] - b) < 12) n += 1;
  }
  return n;
}"""
DRAWN = "() => document.querySelector('canvas').toDataURL()"


def cold(world):
    """What it costs to get to a usable page with nothing cached."""
    report = world.report
    world.tractor("T1").say(position=world.tractor("T1").at(5, 5))
    page = world.browser.fresh()
    world.browser.sign_in(page, "jane")
    row(page, "T1").wait_for()
    cookies = page.context.cookies()
    # A profile that has nothing but the session's cookie: a first look.
    page = world.browser.fresh()
    page.context.add_cookies(cookies)
    spent = wire(page)
    begun = time.monotonic()
    page.goto("/fleet", wait_until="commit")
    row(page, "T1").wait_for()
    usable = time.monotonic() - begun
    time.sleep(0.5)
    requests, size = spent()
    report.figure("cold_requests", requests)
    report.figure("cold_bytes", size)
    report.figure("cold_usable_s", round(usable, 3))
    report.ok("at most 12 requests", requests <= 12, requests)
    report.ok("at most 300 kB on the wire", 0 < size <= 300_000, size)
    slow = world.browser.fresh()
    slow.context.add_cookies(cookies)
    link = slow.context.new_cdp_session(slow)
    link.send("Network.enable")
    link.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 150, "downloadThroughput": 200_000,
        "uploadThroughput": 94_000})
    begun = time.monotonic()
    slow.goto("/fleet", wait_until="commit")
    row(slow, "T1").wait_for()
    report.figure("cold_usable_slow_link_s", round(time.monotonic() - begun, 3))

    page = world.browser.fresh()
    answer = page.request.get("/fleet")
    page.goto("/login")
    page.get_by_label("User").wait_for()
    policy = answer.headers["content-security-policy"]
    report.ok("the policy is strict", "default-src 'none'" in policy and "unsafe" not in policy and
              "require-trusted-types-for 'script'" in policy, policy)
    inline = page.evaluate("[...document.scripts].filter((s) => !s.src).length +"
                           " document.querySelectorAll('style').length")
    report.ok("nothing inline", inline == 0, inline)


def sign_in(world):
    report = world.report
    page = world.browser.fresh()
    page.goto("/fleet?tractor=T1")
    page.get_by_label("User").fill("jane")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    report.ok("a wrong password is said", page.get_by_role("alert").inner_text() != "")
    page.get_by_label("Password").fill(world.server.password("jane"))
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-link=live]").wait_for()
    report.ok("back where one wanted to go", page.url.endswith("/fleet?tractor=T1"), page.url)
    cookies = page.context.cookies()
    report.ok("the session is out of reach of scripts",
              cookies and all(c["httpOnly"] and c["sameSite"] in ("Lax", "Strict")
                              for c in cookies), cookies)
    kept = page.evaluate("JSON.stringify([Object.entries(localStorage), document.cookie])")
    report.ok("no secret in the browser's stores", kept == '[[],""]', kept)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    page.goto("/fleet")
    page.get_by_label("Password").wait_for()
    report.ok("signed out", "/login" in page.url, page.url)
    # Where the sign-in leads afterwards is a path of this server.
    page.goto("/login?next=//evil.test/")
    page.get_by_label("User").fill("jane")
    page.get_by_label("Password").fill(world.server.password("jane"))
    page.keyboard.press("Enter")
    page.locator("[data-link=live]").wait_for()
    report.ok("nobody is led away", page.url == world.server.urls["web"] + "/fleet", page.url)
    page = world.browser.fresh()
    world.browser.sign_in(page, "otto")
    page.locator("[data-link=live]").wait_for()
    buttons = page.get_by_role("button", name=re.compile("Approve|Halt|Begin")).count()
    report.ok("who may only look has no such buttons", buttons == 0, buttons)


def live(world):
    """A tractor appears, moves, sprays, changes its model, without a reload."""
    report, page = world.report, world.fleet_page()
    page.evaluate("window.sameDocument = true")
    t7 = world.tractor("T7")
    begun = time.monotonic()
    t7.say(position=t7.at(0, 0), speed_mps=2.4)
    row(page, "T7").get_by_text("driving").wait_for()
    report.figure("shown_after_s", round(time.monotonic() - begun, 3))
    report.ok("it appears", row(page, "T7").count() == 1)
    report.ok("with its figures", "14.2" in row(page, "T7").inner_text() and
              "98.2 %" in row(page, "T7").inner_text(), row(page, "T7").inner_text())

    before = page.evaluate(DRAWN)
    t7.say(position=t7.at(30, 6, 0.4), speed_mps=3.1)
    row(page, "T7").get_by_text("3.1").wait_for()
    report.ok("it moves on the map", until(lambda: page.evaluate(DRAWN) != before))

    waits = []
    for step in range(12):
        speed = 4 + step / 10
        begun = time.monotonic()
        t7.say(position=t7.at(30 + step, 6), speed_mps=speed)
        row(page, "T7").get_by_text(f"{speed:.1f}", exact=True).wait_for()
        waits.append(time.monotonic() - begun)
    waits.sort()
    report.figure("freshness_p50_s", round(waits[len(waits) // 2], 3))
    report.figure("freshness_worst_s", round(waits[-1], 3))

    blue = page.evaluate(BLUE)
    had = pieces(page)
    for swath in range(2):
        last = t7.drive(swath, 60, weeds=lambda x, y: (int(x) // 6 + int(y * 4)) % 3 == 0)
        t7.say(position=last, speed_mps=2.5, spraying=True)
    row(page, "T7").get_by_text("spraying").wait_for()
    report.ok("what it sprays is counted", until(lambda: pieces(page) > had + 50), pieces(page))
    report.ok("and painted", until(lambda: page.evaluate(BLUE) > blue + 50), page.evaluate(BLUE))

    t7.say(bundle={"id": "cd" * 32, "version": 41})
    row(page, "T7").get_by_text("41").wait_for()
    report.ok("it changes its model", True)
    t7.say(edge="restarting")
    row(page, "T7").get_by_text("edge restarting").wait_for()
    report.ok("what needs somebody is said", True)
    t7.say(edge="running")
    row(page, "T7").get_by_text("spraying").wait_for()

    row(page, "T7").get_by_role("button").click()
    report.ok("the address names the chosen tractor", "tractor=T7" in page.url, page.url)
    page.reload()
    page.locator("tr.chosen").wait_for()
    report.ok("and shows it again", "T7" in page.locator("tr.chosen").inner_text())
    report.ok("with what it sprayed before", until(lambda: pieces(page) > 50), pieces(page))


def release(world):
    """A release is approved, begun and halted from the keyboard alone."""
    report, server = world.report, world.server
    for name in ("T7", "T8"):
        world.tractor(name).say(position=world.tractor(name).at(10, 10))
    identity = world.release("autumn", 5, [("first", ["T7"]), ("rest", ["T8"])],
                             {"alarms_max": 3, "watch_s": 60})
    page = world.fleet_page()
    page.get_by_role("heading", name="Release: autumn").wait_for()
    page.evaluate("document.activeElement.blur()")
    report.ok("Approve is reached by Tab", tab_to(page, "Approve…"))
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    focus = page.evaluate("document.activeElement.innerText")
    report.ok("Escape closes and gives the focus back", focus == "Approve…", focus)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("seen on the trial plot")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Begin first…").wait_for()
    found = server.call("releases.get_by_id", {"release": identity})["release"]
    report.ok("it is approved in her name", found["approved"]["by"] == "jane" and
              found["approved"]["comment"] == "seen on the trial plot", found.get("approved"))

    report.ok("Begin is reached by Tab", answer(page, "Begin first…"))
    page.locator(".rings").get_by_text("1 offered").wait_for()
    row(page, "T7").get_by_text("offered").wait_for()
    report.ok("the first ring begins", True)
    t7 = world.tractor("T7")
    desired = t7.say()["desired"]
    for stage in ("fetching", "verifying", "trying"):
        t7.say({"release": identity, "stage": stage, "reason": ""})
        row(page, "T7").get_by_text(stage).wait_for()
    report.ok("its stages are followed", True)
    t7.say({"release": identity, "stage": "running", "reason": ""},
           bundle={"id": desired["id"], "version": desired["version"]})
    row(page, "T7").get_by_text("weednet 5").wait_for()
    report.ok("its model is named", True)

    page.evaluate("document.activeElement.blur()")
    report.ok("Halt is reached by Tab", tab_to(page, "Halt…"))
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    report.ok("not without a reason", page.get_by_role("dialog").is_visible())
    page.keyboard.type("rain")  # the focus went to what was missing
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Halted by jane: rain", exact=True).wait_for()
    found = server.call("releases.get_by_id", {"release": identity})["release"]
    report.ok("it is halted", found["status"] == "halted", found["status"])
    page.get_by_text("What was done").click()
    page.locator(".audit li").first.wait_for()
    trail = page.locator(".audit").inner_text()
    report.ok("the trail tells it",
              "approved by jane" in trail and "halted by jane" in trail, trail)

    page.get_by_role("link", name="Conversion report").click()
    page.get_by_role("heading", name="Gates").wait_for()
    report.ok("the report is read out of the bundle",
              page.get_by_text("onnxruntime-int8").count() == 1 and
              page.get_by_text("residue").count() == 1)
    page.go_back()
    page.locator("[data-link=live]").wait_for()


def network(world):
    """The network drops and comes back; so does the server."""
    report, page = world.report, world.fleet_page()
    t7 = world.tractor("T7")
    t7.say(speed_mps=1.1, spraying=False)
    row(page, "T7").get_by_text("1.1", exact=True).wait_for()
    reachable = network_of(page)
    reachable(False)
    page.locator("[data-link=lost]").wait_for()
    report.ok("the loss is said", True)
    t7.say(speed_mps=7.7)
    row(page, "T7").get_by_text(re.compile(r"^[3-9] s ago$")).wait_for()
    report.ok("what is shown ages", True)
    report.ok("and stays", row(page, "T7").get_by_text("1.1", exact=True).count() == 1)
    reachable(True)
    page.locator("[data-link=live]").wait_for()
    row(page, "T7").get_by_text("7.7", exact=True).wait_for()
    report.ok("it comes back by itself", True)

    world.server.stop()
    page.locator("[data-link=lost]").wait_for()
    report.ok("a stopped server is said", True)
    world.server.start()
    page.locator("[data-link=live]").wait_for()
    t7.say(speed_mps=0.9)
    row(page, "T7").get_by_text("0.9", exact=True).wait_for()
    report.ok("the page lives on with the next one", True)

    world.server.call("users.get_current_user", {})
    with page.context.expect_page() as opened:
        page.evaluate("window.open('/login')")
    other = opened.value
    other.get_by_label("User").wait_for()
    other.evaluate("fetch('/api/login.logout', {method: 'POST', body: '{}',"
                   " headers: {'Content-Type': 'application/json'}})")
    page.bring_to_front()
    page.get_by_label("Password").wait_for()
    report.ok("a session that ended elsewhere ends here", "/login" in page.url, page.url)


def access(world):
    """axe-core on every screen in every theme."""
    report, browser = world.report, world.browser
    for theme in ("light", "dark", "contrast"):
        page = browser.fresh(color_scheme="dark" if theme == "dark" else "light")
        page.goto("/login")
        page.get_by_label("User").wait_for()
        if theme == "contrast":
            page.get_by_label("Theme").select_option("contrast")
        shown = page.evaluate("document.documentElement.dataset.theme")
        report.ok(f"the theme is {theme}", shown == theme, shown)
        check(world, page, f"login, {theme}")
        browser.sign_in(page, "jane", "/login")
        row(page, "T7").wait_for()
        check(world, page, f"fleet, {theme}")
        if page.get_by_role("link", name="Conversion report").count():
            page.get_by_role("link", name="Conversion report").click()
            page.get_by_role("heading", name="Gates").wait_for()
            check(world, page, f"report, {theme}")


def check(world, page, what):
    found = world.browser.findings(page)
    world.report.ok(f"axe: {what}", not found, found)


def small(world):
    """A telephone: nothing wider than the screen, targets large enough."""
    report, browser = world.report, world.browser
    page = browser.fresh(width=360, height=740, has_touch=True, is_mobile=True)
    browser.sign_in(page, "jane")
    row(page, "T7").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    report.ok("360 pixels are enough", wide <= 360, wide)
    low = page.evaluate("[...document.querySelectorAll('main button:not(.link), header button')]"
                        ".filter((b) => b.offsetHeight && !b.closest('th'))"
                        ".map((b) => b.offsetHeight).filter((h) => h < 40)")
    report.ok("buttons can be hit", not low, low)


PAINTS = """() => {
  window.paints = [];
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => ask((now) => {
    const begun = performance.now();
    draw(now);
    window.paints.push(performance.now() - begun);
  });
}"""
ZOOM = """async () => {
  const canvas = document.querySelector('canvas');
  const frames = [];
  let last = performance.now();
  window.paints = [];
  for (let n = 0; n < 120; n += 1) {
    canvas.dispatchEvent(new WheelEvent('wheel', {deltaY: n % 2 ? 3 : -3, cancelable: true}));
    await new Promise((done) => setTimeout(done));
    await new Promise((done) => window.requestAnimationFrame(done));
    frames.push(performance.now() - last);
    last = performance.now();
  }
  const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return [middle(window.paints.filter((ms) => ms > 0.2)), middle(frames)];
}"""


def many(world):
    """How the page bears 5,000 machines. Nobody enrols so many for that: their documents are made
    up from that of one, on the way from the server to the page."""
    t1 = world.tractor("T1")
    t1.say(position=t1.at(0, 0), speed_mps=2.0)
    one = world.server.call("fleet.get_all", {})["tractors"][0]

    def answer(route):
        page = json.loads(route.request.post_data).get("page", 0)
        rows = [{**one, "id": f"M{n}", "state": {**one["state"], "position": {
            "x_m": n % 71 * 40, "y_m": n // 71 * 40, "heading_rad": n / 10}}}
            for n in range(1000 * page, min(5000, 1000 * page + 1000))]
        route.fulfill(json={"meta": {"result_code": 200}, "data": {"tractors": rows}})

    page = world.browser.fresh()
    page.add_init_script(f"({PAINTS})()")
    page.route("**/api/fleet.get_all", answer)
    world.browser.sign_in(page, "jane")
    page.get_by_text("5000 tractors").wait_for()
    time.sleep(2)
    paint, frame = page.evaluate(ZOOM)
    world.report.figure("many_paint_ms", round(paint, 2))
    world.report.figure("many_frame_ms", round(frame, 1))
    elements = page.evaluate("document.querySelectorAll('*').length")
    world.report.figure("many_elements", elements)
    world.report.ok("only the rows in sight exist", elements <= 1000, elements)


def picture(world, path):
    """The picture of the documentation: a fleet at work on a field, a release on its way."""
    outline = [[-4, -4], [66, -4], [80, 30], [66, 46], [-4, 46], [-4, -4]]
    field = {"name": "north", "outline": outline}
    server = world.server
    fleet = [Tractor(server, f"T{n}", world.folder, field) for n in range(21, 27)]

    def weeds(x, y):
        return math.sin(x / 7) + math.sin(y / 5 + x / 13) > 0.9 and random.random() < 0.7

    release = world.release("late autumn", 12, [("pilot", ["T21", "T22"]),
                                                ("north", ["T23", "T24", "T25", "T26"])],
                            {"alarms_max": 3, "watch_s": 600, "slack_p1_ms_min": 5,
                             "missed_per_million_max": 1000, "dropped_share_max": 0.01})
    server.call("releases.approve", {"release": release, "comment": "proven on the trial plot"})
    server.call("releases.advance", {"release": release, "reason": ""})
    for place, tractor in enumerate(fleet[:4]):
        for swath in range(3):
            last = tractor.drive(swath, 60, (0, place * 10.5), weeds, step=1.0)
        tractor.say(position={**last, "x_m": 20 + 9 * place}, speed_mps=2.5 + place / 10,
                    spraying=True, slack_ms={"p50": 60, "p1": 12.0 + place},
                    hit_share=0.975 + place / 250, bundle={"id": "ab" * 32, "version": 11})
    wanted = fleet[0].say()["desired"]
    for tractor, stage in ((fleet[0], "running"), (fleet[1], "trying")):
        tractor.say({"release": release, "stage": stage, "reason": ""})
    for _ in range(3):
        fleet[0].say(bundle={"id": wanted["id"], "version": wanted["version"]})
    fleet[4].say(position=fleet[4].at(70, 20), speed_mps=0)
    page = world.browser.fresh(width=1360, height=1060)
    world.browser.sign_in(page, "jane", f"/fleet?release={release}&tractor=T21")
    page.locator("[data-link=live]").wait_for()
    until(lambda: pieces(page) > 500)
    time.sleep(1)
    page.screenshot(path=path)
    size = os.path.getsize(path)
    world.report.ok("the picture is small", size < 300_000, size)


# Run only when named.
MORE = {"many": many}
PARTS = {"cold": cold, "sign-in": sign_in, "live": live, "release": release, "network": network,
         "access": access, "small": small}
