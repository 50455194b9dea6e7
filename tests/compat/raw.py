# SPDX-License-Identifier: Apache-2.0
"""A second reader: the ClearML HTTP API over plain urllib, with no ClearML code in it.

A compatibility case lets an official client write, then asks the server through this module what it
holds. A wrong answer raises `Mismatch`; an error envelope raises `RawError`.
"""

import base64
import gzip
import json
import time
import urllib.error
import urllib.parse
import urllib.request

SINGLE_VALUE_ITERATION = -(2**31)


class Mismatch(AssertionError):
    """The server holds something other than what the client wrote."""


class RawError(Exception):
    """An error envelope: HTTP status, result code, subcode and message."""

    def __init__(self, endpoint, status, code, subcode, message):
        super().__init__(f"{endpoint}: HTTP {status}, {code}/{subcode}: {message}")
        self.endpoint = endpoint
        self.status = status
        self.code = code
        self.subcode = subcode
        self.message = message


class Raw:
    """One authenticated connection to a server's API and files ports."""

    def __init__(self, urls, access_key, secret_key, timeout=30):
        self.urls = urls
        self._timeout = timeout
        self._basic = base64.b64encode(f"{access_key}:{secret_key}".encode()).decode()
        self._token = None

    # -- transport ---------------------------------------------------------------------------

    def _open(self, url, data=None, headers=None, method=None):
        request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open(request, timeout=self._timeout)

    def login(self):
        headers = {"Authorization": f"Basic {self._basic}"}
        with self._open(f"{self.urls['api']}/auth.login", headers=headers, method="POST") as answer:
            self._token = json.load(answer)["data"]["token"]
        return self._token

    def envelope(self, endpoint, body=None, version=None):
        """The whole answer of one call, error answers included, as (HTTP status, object)."""
        if self._token is None:
            self.login()
        prefix = f"/v{version}" if version else ""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
            "X-ClearML-Client": "furrow-compat-reader",
        }
        url = f"{self.urls['api']}{prefix}/{endpoint}"
        try:
            with self._open(url, json.dumps(body or {}).encode(), headers, "POST") as answer:
                return answer.status, _decoded(answer)
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error)

    def call(self, endpoint, body=None, version=None, **fields):
        """The `data` of one successful call."""
        status, answer = self.envelope(endpoint, {**(body or {}), **fields}, version)
        meta = answer.get("meta", {})
        if status != 200 or meta.get("result_code") != 200:
            raise RawError(
                endpoint,
                status,
                meta.get("result_code"),
                meta.get("result_subcode"),
                meta.get("result_msg"),
            )
        return answer["data"]

    def refused(self, endpoint, body=None, version=None, **fields):
        """The error of a call that has to fail."""
        try:
            self.call(endpoint, body, version, **fields)
        except RawError as error:
            return error
        raise Mismatch(f"{endpoint} was accepted, an error was expected")

    def file(self, url):
        """The bytes behind a stored file URL."""
        if self._token is None:
            self.login()
        with self._open(_quoted(url), headers={"Authorization": f"Bearer {self._token}"}) as answer:
            return answer.read()

    def file_status(self, url):
        """The HTTP status of a stored file URL."""
        if self._token is None:
            self.login()
        try:
            with self._open(
                _quoted(url), headers={"Authorization": f"Bearer {self._token}"}
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    # -- what a case asks --------------------------------------------------------------------

    def task(self, task_id):
        return self.call("tasks.get_by_id", task=task_id)["task"]

    def task_exists(self, task_id):
        return bool(
            self.call("tasks.get_all", id=[task_id], only_fields=["id"], search_hidden=True)[
                "tasks"
            ]
        )

    def model(self, model_id):
        return self.call("models.get_by_id", model=model_id)["model"]

    def project(self, project_id):
        return self.call("projects.get_by_id", project=project_id)["project"]

    def project_id(self, name):
        """The id of the project with exactly this full name, or None."""
        found = self.call(
            "projects.get_all",
            name="^" + _escaped(name) + "$",
            search_hidden=True,
            only_fields=["id", "name"],
        )["projects"]
        return found[0]["id"] if found else None

    def tasks_in(self, project_name, **filters):
        project = self.project_id(project_name)
        if project is None:
            raise Mismatch(f"no project {project_name!r}")
        return self.call(
            "tasks.get_all", project=[project], search_hidden=True, order_by=["created"], **filters
        )["tasks"]

    def param(self, task, section, name):
        """The stored text of one hyper-parameter of a task object."""
        try:
            return task["hyperparams"][section][name]["value"]
        except KeyError:
            raise Mismatch(
                f"no hyper-parameter {section}/{name} in {sorted(task.get('hyperparams', {}))}"
            )

    def artifacts(self, task):
        return {a["key"]: a for a in task.get("execution", {}).get("artifacts") or []}

    def events(self, task_id, event_type, model=False):
        """All events of one type, paged through with the server's scroll."""
        events, scroll = [], None
        for _ in range(100):
            body = {"task": task_id, "event_type": event_type, "batch_size": 500}
            if scroll:
                body["scroll_id"] = scroll
            if model:
                body["model_events"] = True
            page = self.call("events.get_task_events", body)
            events += page["events"]
            scroll = page.get("scroll_id")
            if not page["events"] or len(events) >= page.get("total", 0):
                return events
        raise Mismatch("events.get_task_events never ends")

    def log(self, task_id):
        """The console of a task as one text, oldest line first."""
        page = self.call("events.get_task_log", task=task_id, batch_size=5000, order="asc")
        return "\n".join(event.get("msg", "") for event in page["events"])

    def plots(self, task_id):
        return self.call("events.get_task_plots", task=task_id, iters=100)["plots"]

    def plot(self, task_id, metric, variant=None):
        for event in self.plots(task_id):
            if event["metric"] == metric and variant in (None, event.get("variant")):
                return json.loads(event["plot_str"])
        raise Mismatch(
            f"no plot {metric!r}/{variant!r} in "
            f"{[(e['metric'], e.get('variant')) for e in self.plots(task_id)]}"
        )

    def scalars(self, task_id, key="iter"):
        """{metric: {variant: {name, x, y}}}"""
        return self.call("events.scalar_metrics_iter_histogram", task=task_id, key=key)

    def scalar(self, task_id, metric, variant):
        """(x, y) of one series."""
        found = self.scalars(task_id)
        try:
            series = found[metric][variant]
        except KeyError:
            raise Mismatch(
                f"no scalar {metric}/{variant} in { {k: list(v) for k, v in found.items()} }"
            )
        return series["x"], series["y"]

    def single_values(self, task_id):
        answer = self.call("events.get_task_single_value_metrics", tasks=[task_id])["tasks"]
        return {(v["metric"], v["variant"]): v["value"] for t in answer for v in t["values"]}

    def queue(self, name):
        found = self.call("queues.get_all", name="^" + _escaped(name) + "$")["queues"]
        return found[0] if found else None

    def last_metrics(self, task):
        """{(metric, variant): entry} of a task object."""
        return {
            (entry["metric"], entry["variant"]): entry
            for variants in (task.get("last_metrics") or {}).values()
            for entry in variants.values()
        }

    # -- judging -----------------------------------------------------------------------------

    def same(self, what, got, want):
        if got != want:
            raise Mismatch(f"{what}: got {got!r}, expected {want!r}")

    def near(self, what, got, want, tolerance=1e-6):
        if isinstance(want, (list, tuple)):
            self.same(f"length of {what}", len(got), len(want))
            for index, (one, other) in enumerate(zip(got, want)):
                self.near(f"{what}[{index}]", one, other, tolerance)
        elif abs(got - want) > tolerance * max(1.0, abs(want)):
            raise Mismatch(f"{what}: got {got!r}, expected {want!r}")

    def has(self, what, container, *items):
        missing = [item for item in items if item not in container]
        if missing:
            raise Mismatch(f"{what}: {missing!r} not in {_short(container)}")

    def lacks(self, what, container, *items):
        present = [item for item in items if item in container]
        if present:
            raise Mismatch(f"{what}: {present!r} should not be in {_short(container)}")

    def true(self, what, condition):
        if not condition:
            raise Mismatch(f"not so: {what}")

    def within(self, seconds, what, probe):
        """Asks `probe` until it returns something true; its last answer."""
        deadline = time.monotonic() + seconds
        while True:
            answer = probe()
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise Mismatch(f"not within {seconds} s: {what}")
            time.sleep(0.2)


def _decoded(answer):
    body = answer.read()
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    try:
        return json.loads(body)
    except ValueError:
        return {
            "meta": {
                "result_code": getattr(answer, "status", None),
                "result_msg": body[:200].decode(errors="replace"),
            }
        }


def _escaped(text):
    return "".join(c if c.isalnum() or c in "_/ " else "\\" + c for c in text)


def _quoted(url):
    """Model URLs are stored unquoted by the SDK, artifact URLs quoted."""
    return urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def _short(value):
    text = repr(value if not isinstance(value, dict) else sorted(value, key=str))
    return text if len(text) < 600 else text[:600] + "…"
