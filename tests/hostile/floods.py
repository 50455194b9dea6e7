# SPDX-License-Identifier: Apache-2.0
"""Floods of one session or one address are answered 429; nobody else is."""

import base64
import os
import time

from world import World


def run(world, report, full):
    folder = os.path.join(world.folder, "floods")
    small = World(world.binary, folder, ["--session-rate", "20", "--address-rate", "10"])
    try:
        small.start()
        flooded(small, report)
        report.same("it ends in order", small.stop(), 0)
    finally:
        small.stop()
    # The defaults: what a farm of agents behind one address does passes.
    token = world.tokens["user"]
    count = 10_000 if full else 1_500
    refused = sum(world.api("queues.get_next_task", {"queue": "x"}, token).status == 429
                  for _ in range(count))
    report.same(f"{count} polls of one session without a pause", refused, 0)
    basic = base64.b64encode(b"KEYuser:secret-of-user").decode()
    refused = sum(world.api("auth.login", {}, headers={"Authorization": f"Basic {basic}"}).status
                  != 200 for _ in range(count))
    report.same(f"{count} logins of one address without a pause", refused, 0)


def burst(ask, count):
    """(how many were answered otherwise than 429, the last 429)"""
    served, refusal = 0, None
    for _ in range(count):
        answer = ask()
        if answer.status == 429:
            refusal = answer
        else:
            served += 1
    return served, refusal


def flooded(world, report):
    token, other = world.tokens["user"], world.tokens["superuser"]
    for what, ask in (
        ("api", lambda: world.api("tasks.get_all", {"page_size": 1}, token)),
        ("web", lambda: world.api("tasks.get_all", {"page_size": 1}, token, "web")),
        ("files", lambda: world.file("GET", "/none", token)),
        ("uploads", lambda: world.upload("flood.bin", b"x", token)),
    ):
        began = time.monotonic()
        served, refusal = burst(ask, 200)
        # Forty at once, twenty more for each second it took.
        most = 45 + 20 * (time.monotonic() - began)
        report.ok(f"a session that floods {what} is refused", refusal is not None and
                  served <= most, (served, most))
        report.ok(f"and told when to come back ({what})",
                  refusal and refusal.header("Retry-After").isdigit(), refusal)
        answer = world.api("tasks.get_all", {"page_size": 1}, other)
        report.same(f"another session goes on ({what})", answer.status, 200)
    answer = world.api("tasks.create", {"name": "refused", "type": "testing"}, token)
    report.ok("a refused call does nothing", answer.code == (429, 0) and not any(
        t["name"] == "refused" for t in world.call("tasks.get_all", {})["tasks"]), answer)
    for what, ask in (
        ("bad tokens", lambda: world.api("tasks.get_all", {}, "bad")),
        ("pings", lambda: world.api("debug.ping")),
        ("files", lambda: world.file("GET", "/none", "bad")),
        ("large bodies", lambda: world.ask("api", "POST", "/tasks.get_all", {}, b"x" * 70_000)),
    ):
        served, refusal = burst(ask, 400)
        report.ok(f"an address that floods with {what} is refused",
                  refusal is not None and refusal.header("Retry-After").isdigit(),
                  (served, refusal))
        answer = world.api("tasks.get_all", {"page_size": 1}, other)
        report.same(f"who has a token goes on behind that address ({what})", answer.status, 200)
    time.sleep(1.2)
    report.same("the session may again",
                world.api("tasks.get_all", {"page_size": 1}, token).status, 200)
    report.same("the address may again", world.api("debug.ping").status, 200)
    time.sleep(1.2)
    guesses = [world.api("auth.login", {}, headers={
        "Authorization": "Basic " + base64.b64encode(b"KEYroot:guess%d" % n).decode()}).status
        for n in range(60)]
    report.ok("guessing is slowed down", 429 in guesses and guesses.count(401) <= 25, guesses)
