# SPDX-License-Identifier: Apache-2.0
"""Makes a golden case of captured calls: binds ids, plays the case twice against a fresh server,
reads the state back after each change, and keeps of the answers what never differs."""

import json
import re

from harness.server import Server

from .capture import ID
from .case import ANY_ORDER, TIME, Runner, lookup, substitute

NOTHING = object()
VOLATILE = ("last_update", "last_change", "last_changed_by", "metric_stats", "status_changed")
COUNTERS = ("active_duration", "running_time", "uptime", "last_worker_report", "ip")
LONG = 400


# -- answers --------------------------------------------------------------------------------------


def kind_of(values):
    """The narrowest placeholder that holds for all values."""
    if all(isinstance(v, bool) for v in values):
        return "<true or false>"
    if all(isinstance(v, (int, float)) for v in values):
        return "<number>"
    if all(isinstance(v, str) for v in values):
        if all(TIME.match(v) for v in values):
            return "<time>"
        return "<id>" if all(ID.fullmatch(v) for v in values) else "<text>"
    if all(isinstance(v, list) for v in values):
        return "<list>"
    return "<object>" if all(isinstance(v, dict) for v in values) else "<any>"


def agreed(values, key=""):
    """What all of the answers have in common, with placeholders where they differ."""
    first = values[0]
    if key in COUNTERS or "scroll_id" in key:
        return kind_of(values)
    if all(isinstance(v, dict) for v in values):
        common = [k for k in first if all(k in v for v in values)]
        return {k: agreed([v[k] for v in values], k) for k in common}
    if all(isinstance(v, list) for v in values):
        if len({len(v) for v in values}) != 1:
            return "<list>"
        return [agreed(list(parts), key) for parts in zip(*values)]
    if any(json.dumps(v) != json.dumps(first) for v in values):
        return kind_of(values)
    if isinstance(first, str) and (len(first) > LONG or key == "token"):
        return "<text>"
    return first


def changes(before, after):
    """The members of `after` that differ from `before`; what is gone is <absent>."""
    out = {}
    for key in after:
        if key in VOLATILE:
            continue
        old = before.get(key, NOTHING) if isinstance(before, dict) else NOTHING
        if isinstance(after[key], dict) and isinstance(old, dict):
            inner = changes(old, after[key])
            if inner:
                out[key] = inner
        elif json.dumps(after[key]) != (None if old is NOTHING else json.dumps(old)):
            out[key] = after[key]
    if isinstance(before, dict):
        out.update({k: "<absent>" for k in before if k not in after and k not in VOLATILE})
    return out


# -- ids ------------------------------------------------------------------------------------------


def places(value, path="data"):
    """Every string of an answer with the path that `=` lines understand."""
    if isinstance(value, dict):
        for key, inner in value.items():
            step = key if re.fullmatch(r"[\w-]+", key) else json.dumps(key)
            yield from places(inner, f"{path}.{step}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from places(inner, f"{path}.{i}")
    elif isinstance(value, str):
        yield value, path


class Step:
    """A call of the case, whether a client's own or one that reads the state back."""

    def __init__(self, words, body, binds=(), headers=(), reads_back=None, wanted=None):
        self.words, self.body, self.binds, self.headers = words, body, list(binds), list(headers)
        self.reads_back = reads_back  # (what, id): the part of it that changed is expected
        self.wanted = wanted  # (status, subcode, data) as the client was answered

    @property
    def unordered(self):
        """Whether the order of the answer's list is that of ids, which nobody can foresee."""
        body = self.body if isinstance(self.body, dict) else {}
        return bool(re.search(r"\.get_all\b", self.words)) and not body.get("order_by")


def sorted_lists(data):
    """The lists of an answer, by their elements' names, so that two answers can be compared."""
    if not isinstance(data, dict):
        return data
    return {
        k: (
            sorted(v, key=lambda one: json.dumps([one.get("id"), one.get("name")]))
            if isinstance(v, list) and all(isinstance(one, dict) for one in v)
            else v
        )
        for k, v in data.items()
    }


def marked(data):
    return {
        k: [ANY_ORDER, *v] if isinstance(v, list) and len(v) > 1 else v for k, v in data.items()
    }


def bound_steps(calls):
    """The calls as steps, ids that the server made replaced by names; and the senders."""
    names, counts, senders, steps = {}, {}, {}, []
    used = set().union(*[c.ids() for c in calls]) if calls else set()
    invented = set()
    for call in calls:
        invented |= call.ids() - set(names)
        sender = (call.method, json.dumps(call.sender))
        if sender not in senders and not call.prepares:
            base = "agent" if call.is_agent else "sdk"
            taken = sum(name.startswith(base) for name in senders.values())
            senders[sender] = base + (str(taken + 1) if taken else "")
        body = replaced(call.body, names)
        words, headers = "" if call.prepares else f"from {senders[sender]} ", []
        if call.noted["sign_in"] == "basic":
            words += f"raw {call.method} {call.path}" + (f"?{call.query}" if call.query else "")
            headers = ["Authorization: Basic ${basic}"]
        else:
            words += ("lines " if call.lines else "") + call.endpoint
            words += " " + call.version if call.version else ""
        binds = []
        for text, where in places(call.data):
            if ID.fullmatch(text) and text in used and text not in names and text not in invented:
                base = re.sub(r"\W", "", where.split(".")[1])
                base = call.endpoint.split(".")[0].rstrip("s") if base == "id" else base
                counts[base] = counts.get(base, 0) + 1
                names[text] = f"{base}_{counts[base]}"
                binds.append((names[text], where))
        data = replaced(call.data, names)
        steps.append(Step(words, body, binds, headers, wanted=(call.status, call.subcode, data)))
    return steps, senders


def replaced(value, names):
    """Values that are an id become $name, texts that hold one ${name}."""
    if isinstance(value, dict):
        return {replaced_text(k, names): replaced(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, names) for v in value]
    return replaced_text(value, names) if isinstance(value, str) else value


def replaced_text(text, names):
    if text in names:
        return "$" + names[text]
    return ID.sub(lambda m: f"${{{names[m[0]]}}}" if m[0] in names else m[0], text)


def unnamed(value, names):
    """The answer that a name is taken from cannot be compared with it."""
    if isinstance(value, dict):
        return {k: unnamed(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [unnamed(v, names) for v in value]
    if isinstance(value, str) and value[1:] in names:
        return "<id>"
    if isinstance(value, str) and names & set(re.findall(r"\$\{(\w+)\}", value)):
        return "<text>"
    return value


# -- reading back ---------------------------------------------------------------------------------

READERS = {
    "task": ("tasks.get_by_id", "task"),
    "model": ("models.get_by_id", "model"),
    "project": ("projects.get_by_id", "project"),
    "queue": ("queues.get_by_id", "queue"),
}


def read_backs(step):
    """The steps that ask an outsider what the change of this step left behind."""
    endpoint = next((w for w in step.words.split() if re.fullmatch(r"\w+\.\w+", w)), "")
    service, _, action = endpoint.partition(".")
    if step.wanted[0] != 200 or re.match(r"get_|ping|login|debug|scalar", action):
        return []
    body = step.body if isinstance(step.body, dict) else {}
    if service == "workers":
        pattern = {"worker_pattern": body.get("worker", "*"), "last_seen": 0}
        return [Step("workers.get_all", pattern, reads_back=("workers", ""))]
    if service == "events":
        return event_read_backs(step.body)
    out = []
    named = {kind: body.get(kind) for kind in ("task", "model", "project", "queue")}
    if service[:-1] in READERS and action in ("create", "clone"):
        named = {service[:-1]: "$" + step.binds[0][0] if step.binds else None}
    elif service == "tasks":
        named = {k: named[k] for k in ("task", "queue")}
    elif service == "queues":
        named = {"queue": named["queue"]}
    elif body.get("ids"):
        named = {service[:-1]: body["ids"][0]}
    else:
        named = {service[:-1]: named.get(service[:-1])}
    for kind, one in named.items():
        if isinstance(one, str) and one and kind in READERS:
            call, field = READERS[kind]
            out.append(Step(call, {field: one}, reads_back=(kind, one)))
    return out


def event_read_backs(body):
    events = body if isinstance(body, list) else [body]
    owners = {}
    for event in events:
        if isinstance(event, dict) and event.get("task"):
            owners.setdefault((event["task"], bool(event.get("model_event"))), set()).add(
                event.get("type", "")
            )
    out = []
    for (owner, is_model), types in sorted(owners.items(), key=str):
        kind = "model" if is_model else "task"
        call, field = READERS[kind]
        out.append(Step(call, {field: owner}, reads_back=(kind, owner)))
        for one in sorted(t for t in types if t):
            asked = {"task": owner, "event_type": one, "batch_size": 1}
            if is_model:
                asked["model_events"] = True
            out.append(Step("events.get_task_events", asked, reads_back=("events", "")))
    return out


# -- playing --------------------------------------------------------------------------------------


def play(binary, folder, steps, senders):
    """One round against a fresh server: per step (status, subcode, data with names for ids)."""
    server = Server(binary, folder)
    heads = {name: (key[0], sent_headers(key[1])) for key, name in senders.items()}
    answers, names, bound, held = [], {}, {}, {}
    try:
        server.start()
        runner = Runner(server)
        bound.update(runner.known())
        for step in steps:
            body = "" if step.body is None else json.dumps(substitute(step.body, bound))
            headers = [substitute(line, bound) for line in step.headers]
            answer = runner.call(substitute(step.words, bound), body, headers, heads)
            data = answer.json.get("data")
            for name, where in step.binds:
                try:
                    bound[name] = lookup(answer.json, where)
                    names[bound[name]] = name
                except (KeyError, IndexError, TypeError):
                    pass
            data = without_urls(replaced(data, names), server.urls)
            if step.reads_back and answer.status == 200:
                data = changed_part(step.reads_back, data, held)
            answers.append((answer.status, answer.json["meta"]["result_subcode"], data))
    finally:
        server.stop()
    return answers


def sent_headers(text):
    """What a sender says of itself; without a client's name none is made up."""
    return {"X-ClearML-Client": "", **json.loads(text)}


def without_urls(data, urls):
    text = json.dumps(data)
    for name, url in urls.items():
        text = text.replace(url, f"${{{name}}}")
    return json.loads(text)


def changed_part(target, data, held):
    kind, one = target
    if kind == "workers":
        return data
    if kind == "events":
        return {"total": data["total"], "returned": data["returned"]}
    before, held[target] = held.get(target, {}), data[kind]
    changed = changes(before, data[kind])
    changed["id"] = data[kind]["id"]
    if "status" in data[kind]:
        changed["status"] = data[kind]["status"]
    return {kind: changed}


def compose(binary, folder, calls, title):
    """(text of the case, what the replay answered otherwise than the recording)."""
    client_steps, senders = bound_steps(calls)
    steps = []
    for step in client_steps:
        steps += [step, *read_backs(step)]
    rounds = [play(binary, f"{folder}/{i}", steps, senders) for i in (1, 2)]
    out = [f"# {title}", "# Recorded by tests/golden/record; not to be edited."]
    for key, name in senders.items():
        out.append(f"@ {name} {key[0]} {json.dumps(sent_headers(key[1]))}")
    remarks = []
    for i, step in enumerate(steps):
        seen = [r[i] for r in rounds]
        if step.wanted:
            seen.append(step.wanted)
        if len({s[:2] for s in seen}) != 1:
            remarks.append(f"{step.words}: {[s[:2] for s in seen]}")
        status, subcode, _ = seen[0]
        out.append(f"> {step.words}")
        out += [f"+ {line}" for line in step.headers]
        if step.body is not None:
            out.append(json.dumps(step.body, ensure_ascii=False))
        out.append(f"< {status}" + (f"/{subcode}" if status != 200 else ""))
        if status == 200:
            data = agreed(
                [sorted_lists(s[2]) for s in seen] if step.unordered else [s[2] for s in seen]
            )
            data = unnamed(marked(data) if step.unordered else data, {n for n, _ in step.binds})
            out.append(json.dumps(data, ensure_ascii=False))
        out += [f"= {name} {where}" for name, where in step.binds]
    return "\n".join(out) + "\n", remarks
