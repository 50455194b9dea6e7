# SPDX-License-Identifier: Apache-2.0
"""Bodies made to hurt: JSON, patterns and keys. Each is answered soon, rightly and without much
memory."""

import json
import time

LINES = {"Content-Type": "application/json-lines"}
M = (1 << 64) - 1


def run(world, report, full):
    token = world.tokens["user"]
    task = world.call("tasks.create", {"name": "bodies", "type": "testing"})["id"]
    world.call("tasks.started", {"task": task})
    for what, name, body, headers, wanted in cases(task, full):
        baseline = world.memory()
        world.forget_peak()
        began = time.monotonic()
        answer = world.api(name, body, token, headers=headers, method="POST")
        seconds = time.monotonic() - began
        report.ok(f"{what} to {name}", answer.status in wanted, answer)
        report.ok(f"{what} to {name} is answered soon", seconds < world.seconds_max,
                  f"{seconds:.1f} s")
        grown = world.growth(baseline)
        report.ok(f"{what} to {name} costs under 64 MB", grown < world.memory_max,
                  f"{grown >> 20} MB")
    patterns(world, report, token)
    kept_as_sent(world, report, task)


def cases(task, full):
    """(what, endpoint, body, headers, statuses that are right)"""
    bad = (400,)
    documents = [
        ("64 levels", '{"a":' + "[" * 63 + "]" * 63 + "}", (200,)),
        ("65 levels", '{"a":' + "[" * 64 + "]" * 64 + "}", bad),
        ("100,000 brackets", "[" * 100_000, bad),
        ("100,000 braces", '{"a":' * 100_000, bad),
        ("closed brackets", "[" * 100_000 + "]" * 100_000, bad),
        ("1e999", '{"page_size": 1e999}', bad),
        ("-1e999", '{"a": -1e999}', bad),
        ("a number of 100,000 digits", '{"a": ' + "9" * 100_000 + "}", bad + (200,)),
        ("a fraction of 100,000 digits", '{"a": 0.' + "9" * 100_000 + "}", bad + (200,)),
        ("an exponent of 100,000 digits", '{"a": 1e' + "9" * 100_000 + "}", bad),
        ("a lone surrogate", '{"name": "\\ud800"}', bad),
        ("a lone second half", '{"name": "\\udc00"}', bad),
        ("a turned pair", '{"name": "\\udc00\\ud800"}', bad),
        ("raw bad UTF-8", b'{"name": "\xff\xc0\x80"}', bad),
        ("overlong UTF-8", b'{"name": "\xc0\xaf"}', bad),
        ("a raw NUL", b'{"name": "a\0b"}', bad + (200,)),
        ("two documents", "{}{}", bad),
        ("a byte order mark", b"\xef\xbb\xbf{}", bad + (200,)),
        ("UTF-16", "{}".encode("utf-16"), bad),
        ("a comment", "{/* */}", bad),
        ("single quotes", "{'a': 1}", bad),
        ("an unfinished text", '{"a": "', bad),
        ("an array", "[1, 2, 3]", bad),
        ("a text", '"x"', bad),
        ("a number", "5", bad),
        ("a million keys", "{" + ",".join(f'"k{i}":0' for i in range(1_000_000)) + "}", bad),
        ("a million equal keys", "{" + ",".join(['"k":0'] * 1_000_000) + "}", bad),
        ("a million values", '{"id": [' + ",".join(["0"] * 1_000_000) + "]}", bad),
        ("24,000 keys", "{" + ",".join(f'"k{i}":0' for i in range(24_000)) + "}", (200,)),
        ("colliding keys", collisions(), (200,)),
        ("duplicate keys", '{"page": "x", "page": 0}', (200,)),
        ("a megabyte key", '{"' + "k" * (1 << 20) + '": 0}', (200,)),
        ("ten thousand arguments", "{}", (200,)),
    ]
    for what, body, wanted in documents:
        name = "tasks.get_all"
        if what == "ten thousand arguments":
            name += "?" + "&".join(f"a.b.c{i}=1" for i in range(1200))
        yield what, name, body, None, wanted
    yield "a 100 MB text", "tasks.create", '{"name": "' + "x" * 100_000_000 + '"}', None, (413,)
    yield "a 15 MB text", "tasks.get_all", '{"name": "' + "x" * 15_000_000 + '"}', None, (200, 400)
    deep = {"a": 1}
    for _ in range(40):
        deep = {"a": deep}
    yield "40 levels", "users.set_preferences", json.dumps({"preferences": deep}), None, bad
    many = {"preferences": {f"k{i}": 0 for i in range(24_000)}}
    yield "24,000 keys", "users.set_preferences", json.dumps(many), None, (200,)
    dots = {"preferences": {"a" + ".a" * 100_000: 0}}
    yield "100,000 dots", "users.set_preferences", json.dumps(dots), None, bad
    params = [{"section": "s", "name": f"p{i}", "value": "v"} for i in range(20_000)]
    yield ("20,000 parameters", "tasks.edit_hyper_params",
           json.dumps({"task": task, "hyperparams": params, "force": True}), None, (200, 400))
    for what, line, wanted in event_lines(task):
        yield what, "events.add_batch", line, LINES, wanted
    yield "empty lines", "events.add_batch", "\n" * 5_000_000, LINES, bad
    yield "a million lines of nothing", "tasks.update_batch", "{}\n" * 1_000_000, LINES, bad
    yield "no line", "events.add_batch", "", LINES, bad
    yield "a form", "tasks.get_all", "a=" + "%41" * 1_000_000, {
        "Content-Type": "application/x-www-form-urlencoded"}, (200, 400)
    if full:
        large = '{"name": "' + "x" * 20_000_000 + '"}'
        yield "a 20 MB text", "tasks.get_all", large, None, (200, 400)


def event_lines(task):
    scalar = {"type": "training_stats_scalar", "task": task, "metric": "m", "variant": "v",
              "iter": 1, "value": 1.0}

    def line(**changes):
        return json.dumps({**scalar, **changes}) + "\n"

    bad, either = (400,), (200, 400)
    yield "a deep value", line() + line().replace("1.0", "[" * 100_000), bad
    yield "a value of 1e999", line().replace("1.0", "1e999"), either
    yield "a lone surrogate", line().replace('"m"', '"\\ud800"'), either
    yield "bad UTF-8", line().encode().replace(b'"m"', b'"\xff"'), bad
    yield "a huge iteration", line(iter=1 << 70), either
    yield "an iteration of text", line(iter="x"), either
    yield "a metric of a megabyte", line(metric="m" * (1 << 20)), either
    yield "an object for a metric", line(metric={"a": 1}), either
    yield "a line of nothing", "\n\n \n", bad
    yield "an unfinished line", line()[:-10], bad
    yield "a line of 100,000 members", json.dumps(
        {**scalar, **{f"k{i}": 0 for i in range(100_000)}}) + "\n", either
    yield "NUL", line() + "\0\n", either


def murmur(data, seed=0xc70f6907):
    """The 64-bit hash that the standard library's tables use, with its fixed seed."""
    mul = 0xc6a4a7935bd1e995
    value = seed ^ (len(data) * mul & M)
    for at in range(0, len(data) // 8 * 8, 8):
        block = int.from_bytes(data[at:at + 8], "little") * mul & M
        block = (block ^ (block >> 47)) * mul & M
        value = (value ^ block) * mul & M
    return value


def collisions():
    """20,000 keys of one hash: two blocks that cancel each other, many times over."""
    mul = 0xc6a4a7935bd1e995
    inverse = pow(mul, -1, 1 << 64)

    def unmix(value):
        value = value * inverse & M
        value ^= value >> 47
        return value * inverse & M

    def mix(data):
        block = int.from_bytes(data, "little") * mul & M
        return (block ^ (block >> 47)) * mul & M

    found, number = {}, 0
    wanted = 20_000
    target = None
    keys = []
    while len(keys) < wanted:
        first = b"%08x" % number
        number += 1
        value = (0xc70f6907 ^ (16 * mul & M)) ^ mix(first)
        value = value * mul & M
        if target is None:
            target = value ^ mix(b"00000000")
        second = unmix(value ^ target).to_bytes(8, "little")
        keys.append(first + second)
        found[murmur(keys[-1])] = True
    assert len(found) == 1
    # JSON holds UTF-8 only: the keys whose second half happens to be plain text are rare, so each
    # byte is written as the character of its number, which keeps 20,000 long keys of one shape.
    return "{" + ",".join(json.dumps(k.decode("latin-1")) + ":0" for k in keys) + "}"


def patterns(world, report, token):
    """Expressions that take a backtracking engine down."""
    for _ in range(3):
        world.call("tasks.create", {"name": "a" * 200 + "!", "type": "testing"})
    for pattern in ("(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){30}$", "^(([a-z])+.)+[A-Z]([a-z])+$",
                    "((a{0,100}){0,100}){0,100}", "(a{1000}){1000}", "a{1000000000}", "[" * 10_000,
                    "(" * 10_000, "(" * 1000 + ")" * 1000, "(?=a)", "(a)\\1", "(?<=a)b",
                    "\\C" * 100,
                    "\\pL{1000}" * 10, "x*" * 50_000, "|" * 100_000, "(?i)" + "a" * 100_000, "\\",
                    "[[:foo:]]", "(?P<n>a)(?P<n>b)", "\\x{110000}", "a**", "\0"):
        for name, body in (
            ("tasks.get_all", {"name": pattern}),
            ("projects.get_all", {"name": pattern}),
            ("tasks.get_all", {"_any_": {"pattern": pattern, "fields": ["name", "comment"]}}),
            ("workers.get_all", {"worker_pattern": pattern}),
        ):
            began = time.monotonic()
            answer = world.api(name, body, token)
            seconds = time.monotonic() - began
            report.ok(f"{name} with {pattern[:30]!r}", answer.status in (200, 400) and
                      seconds < world.seconds_max, (seconds, answer))


def kept_as_sent(world, report, task):
    """What is odd but allowed survives a round trip; what was answered is valid text."""
    for name in ("events.get_task_metrics", "events.get_scalar_metrics_and_variants",
                 "events.scalar_metrics_iter_histogram"):
        answer = world.api(name, {"task": task, "tasks": [task]}, world.tokens["user"])
        try:
            held = answer.status == 200 and "\ud800" not in json.dumps(
                json.loads(answer.body.decode()), ensure_ascii=False)
        except ValueError:
            held = False
        report.ok(f"{name} is valid text after all that", held, answer)
    name = "task \u202e \U0001f69c \u0000 end"
    task = world.api("tasks.create", {"name": name, "type": "testing"}, world.tokens["user"])
    if task.status == 200:
        got = world.call("tasks.get_by_id", {"task": task.data["id"]})["task"]["name"]
        report.same("an odd name", got, name)
    else:
        report.same("an odd name is refused", task.status, 400)
