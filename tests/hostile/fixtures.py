# SPDX-License-Identifier: Apache-2.0
"""For every endpoint that changes something: a request that does change something.

A refused call proves little unless the same request, made by somebody who may, has an effect. Each
entry of `BODIES` makes what it needs, as an administrator, and returns the request's body.
"""

import json
import time


class Maker:
    """Makes objects as an administrator and knows the tasks whose events count as state."""

    def __init__(self, world):
        self.world = world
        self.events_of = []
        self.role = "user"  # whose call is prepared: a worker belongs to the user it runs as
        self._serial = 0

    def name(self, what):
        self._serial += 1
        return f"{what} {self._serial}"

    def task(self, status=None, **fields):
        fields = {"name": self.name("task"), "type": "testing", **fields}
        made = self.world.call("tasks.create", fields)["id"]
        if status in ("in_progress", "stopped"):
            self.world.call("tasks.started", {"task": made, "force": True})
        if status == "stopped":
            self.world.call("tasks.stopped", {"task": made, "force": True})
        self.events_of = [made]
        return made

    def logged_task(self):
        made = self.task("in_progress")
        self.world.call("events.add", log_line(made))
        return made

    def model(self, **fields):
        fields = {"name": self.name("model"), "uri": "https://files.test/m", **fields}
        return self.world.call("models.create", fields)["id"]

    def project(self, name=None):
        name = name or self.name("project")
        return self.world.call("projects.create", {"name": name, "description": ""})["id"]

    def queue(self, tasks=0):
        made = self.world.call("queues.create", {"name": self.name("queue")})["id"]
        tasks = [self.task() for _ in range(tasks)]
        for task in tasks:
            self.world.call("tasks.enqueue", {"task": task, "queue": made})
        return made, tasks

    def container(self):
        body = {"container_id": self.name("container"), "endpoint_name": "e", "model_name": "m",
                "endpoint_url": "http://serving.test/e"}
        self.world.call("serving.register_container", body)
        return body

    def tractor(self):
        """One that enrolled; nobody holds the other half of its key."""
        made = self.name("tractor").replace(" ", "-")
        token = self.world.call("fleet.create_token", {"tractor": made})["token"]
        answer = self.world.api("fleet.enroll", {"token": token, "tractor": made,
                                                 "public_key": f"{self._serial:064x}"})
        assert answer.status == 200, answer
        return made

    def release(self, approved=False):
        body = {"name": self.name("release"), "bundle": "/bundles/hostile.bundle",
                "rings": [{"name": "one", "tractors": [self.tractor()]}]}
        made = self.world.call("releases.create", body)["release"]
        if approved:
            self.world.call("releases.approve", {"release": made})
        return made

    def fleet_key(self):
        made = self.name("key").replace(" ", "-")
        self.world.call("fleet.add_key", {"name": made, "public_key": f"{self._serial:064x}"})
        return made

    def number(self):
        self._serial += 1
        return self._serial

    def worker(self):
        made = self.name("worker")
        self.world.call("workers.register", {"worker": made, "queues": []}, self.role)
        return made


def log_line(task):
    return {"type": "log", "task": task, "level": "info", "msg": "a line", "worker": "w",
            "timestamp": int(time.time() * 1000)}


def _archived(m):
    task = m.task()
    m.world.call("tasks.archive_many", {"ids": [task]})
    return task


def _archived_model(m):
    model = m.model()
    m.world.call("models.archive_many", {"ids": [model]})
    return model


def _queued(m):
    return m.queue(1)[1][0]


def _public(m, kind, made):
    m.world.call(f"{kind}.make_public", {"ids": [made]})
    return made


def _place(index, **more):
    def body(m):
        queue, tasks = m.queue(2)
        return {"queue": queue, "task": tasks[index], **more}
    return body


def _to_other_queue(m):
    queue, tasks = m.queue(1)
    return {"queue": queue, "task": tasks[0], "target_queue": m.queue()[0]}


def _task_with(name, **fields):
    def make(m):
        task = m.task()
        m.world.call(name, {"task": task, **fields})
        return task
    return make


def _model_events(m):
    model = m.model()
    m.world.call("events.add", {"type": "training_stats_scalar", "task": model, "metric": "loss",
                                "model_event": True, "variant": "v", "iter": 1, "value": 1.0})
    return {"model": model, "allow_locked": True}


def _metadata(kind, make):
    def body(m):
        made = make(m)
        m.world.call(f"{kind}s.add_or_update_metadata",
                     {kind: made, "metadata": [{"key": "k", "type": "str", "value": "v"}]})
        return {kind: made, "keys": ["k"]}
    return body


_ARTIFACT = [{"key": "a", "type": "custom", "uri": "https://files.test/a"}]
_PARAMS = [{"section": "Args", "name": "lr", "value": "0.1"}]
_CONFIG = [{"name": "General", "value": "x", "type": "dict"}]
_MODELS = [{"name": "input", "type": "input"}]


def _task_with_model(m):
    task = m.task()
    m.world.call("tasks.add_or_update_model",
                 {"task": task, "name": "input", "type": "input", "model": m.model()})
    return {"task": task, "models": _MODELS}


def _metric_entry(m):
    return [{"key": "k", "type": "str", "value": "v"}]


BODIES = {
    "events.add": lambda m: log_line(m.task("in_progress")),
    "events.add_batch": lambda m: json.dumps(log_line(m.task("in_progress"))) + "\n",
    "events.clear_task_log": lambda m: {"task": m.logged_task(), "allow_locked": True},
    "events.delete_for_model": _model_events,
    "events.delete_for_task": lambda m: {"task": m.logged_task(), "allow_locked": True},
    "fleet.add_key": lambda m: {"name": m.name("key").replace(" ", "-"),
                                "public_key": f"{m.number():064x}"},
    "fleet.create_token": lambda m: {"tractor": m.name("tractor").replace(" ", "-")},
    "fleet.heartbeat": lambda m: {"state": {"frames": m.number()}},
    "fleet.remove_key": lambda m: {"name": m.fleet_key()},
    "fleet.report": lambda m: {"stream": "sprays", "from": m.number(),
                               "records": [{"at": 1_700_000_000}]},
    "fleet.revoke": lambda m: {"tractor": m.tractor(), "reason": "sold"},
    "models.add_or_update_metadata":
        lambda m: {"model": m.model(), "metadata": _metric_entry(m)},
    "models.archive_many": lambda m: {"ids": [m.model()]},
    "models.create": lambda m: {"name": m.name("model"), "uri": "https://files.test/m"},
    "models.delete": lambda m: {"model": m.model(), "force": True},
    "models.delete_many": lambda m: {"ids": [m.model()], "force": True},
    "models.delete_metadata": _metadata("model", Maker.model),
    "models.edit": lambda m: {"model": m.model(), "name": "another name"},
    "models.make_private": lambda m: {"ids": [_public(m, "models", m.model())]},
    "models.make_public": lambda m: {"ids": [m.model()]},
    "models.move": lambda m: {"ids": [m.model()], "project_name": m.name("moved")},
    "models.publish_many": lambda m: {"ids": [m.model()]},
    "models.set_ready": lambda m: {"model": m.model()},
    "models.unarchive_many": lambda m: {"ids": [_archived_model(m)]},
    "models.update": lambda m: {"model": m.model(), "name": "another name"},
    "models.update_for_task":
        lambda m: {"task": m.task("in_progress"), "uri": "https://files.test/n"},
    "models.update_tags": lambda m: {"ids": [m.model()], "add_tags": ["t"]},
    "projects.create": lambda m: {"name": m.name("project"), "description": ""},
    "projects.delete": lambda m: {"project": m.project()},
    "projects.make_private": lambda m: {"ids": [_public(m, "projects", m.project())]},
    "projects.make_public": lambda m: {"ids": [m.project()]},
    "projects.merge": lambda m: {"project": m.project(), "destination_project": m.project()},
    "projects.move": lambda m: {"project": m.project(m.name("from") + "/child"),
                                "new_location": m.name("to")},
    "projects.update": lambda m: {"project": m.project(), "description": "another"},
    "queues.add_or_update_metadata":
        lambda m: {"queue": m.queue()[0], "metadata": _metric_entry(m)},
    "queues.add_task": lambda m: {"queue": m.queue()[0], "task": m.task()},
    "queues.clear_queue": lambda m: {"queue": m.queue(1)[0]},
    "queues.create": lambda m: {"name": m.name("queue")},
    "queues.delete": lambda m: {"queue": m.queue()[0]},
    "queues.delete_metadata": _metadata("queue", lambda m: m.queue()[0]),
    "queues.get_next_task": lambda m: {"queue": m.queue(1)[0]},
    "queues.move_task_backward": _place(0, count=1),
    "queues.move_task_forward": _place(1, count=1),
    "queues.move_task_to_back": _place(0),
    "queues.move_task_to_front": _place(1),
    "queues.move_task_to_queue": _to_other_queue,
    "queues.remove_task": _place(0),
    "queues.update": lambda m: {"queue": m.queue()[0], "name": m.name("renamed queue")},
    "releases.advance": lambda m: {"release": m.release(approved=True)},
    "releases.approve": lambda m: {"release": m.release()},
    "releases.create": lambda m: {"name": m.name("release"), "bundle": "/bundles/hostile.bundle",
                                  "rings": [{"name": "one", "tractors": [m.tractor()]}]},
    "releases.halt": lambda m: {"release": m.release(), "reason": "a test"},
    "releases.note_conversion": lambda m: {"conversion": m.name("conversion"), "why": "a test"},
    "serving.container_status_report": lambda m: {**m.container(), "uptime_sec": 7,
                                                  "requests_num": 77, "requests_min": 7,
                                                  "latency_ms": 7},
    "serving.register_container":
        lambda m: {"container_id": m.name("container"), "endpoint_name": m.name("endpoint"),
                   "model_name": "m", "endpoint_url": "http://serving.test/e"},
    "serving.unregister_container": lambda m: {"container_id": m.container()["container_id"]},
    "tasks.add_or_update_artifacts":
        lambda m: {"task": m.task(), "artifacts": _ARTIFACT, "force": True},
    "tasks.add_or_update_model":
        lambda m: {"task": m.task(), "name": "input", "type": "input", "model": m.model()},
    "tasks.archive": lambda m: {"tasks": [m.task()]},
    "tasks.archive_many": lambda m: {"ids": [m.task()]},
    "tasks.clone": lambda m: {"task": m.task()},
    "tasks.close": lambda m: {"task": m.task("stopped"), "force": True},
    "tasks.completed": lambda m: {"task": m.task("in_progress"), "force": True},
    "tasks.create": lambda m: {"name": m.name("task"), "type": "testing"},
    "tasks.delete": lambda m: {"task": m.task(), "force": True},
    "tasks.delete_artifacts":
        lambda m: {"task": _task_with("tasks.add_or_update_artifacts", artifacts=_ARTIFACT,
                                      force=True)(m),
                   "artifacts": [{"key": "a", "mode": "output"}], "force": True},
    "tasks.delete_configuration":
        lambda m: {"task": _task_with("tasks.edit_configuration", configuration=_CONFIG)(m),
                   "configuration": ["General"]},
    "tasks.delete_hyper_params":
        lambda m: {"task": _task_with("tasks.edit_hyper_params", hyperparams=_PARAMS)(m),
                   "hyperparams": [{"section": "Args", "name": "lr"}]},
    "tasks.delete_many": lambda m: {"ids": [m.task()], "force": True},
    "tasks.delete_models": _task_with_model,
    "tasks.dequeue": lambda m: {"task": _queued(m)},
    "tasks.dequeue_many": lambda m: {"ids": [_queued(m)]},
    "tasks.edit": lambda m: {"task": m.task(), "name": "another name", "force": True},
    "tasks.edit_configuration": lambda m: {"task": m.task(), "configuration": _CONFIG},
    "tasks.edit_hyper_params": lambda m: {"task": m.task(), "hyperparams": _PARAMS},
    "tasks.edit_runtime": lambda m: {"task": m.task(), "add_or_update": {"k": "v"}, "force": True},
    "tasks.enqueue": lambda m: {"task": m.task(), "queue": m.queue()[0]},
    "tasks.enqueue_many": lambda m: {"ids": [m.task()], "queue": m.queue()[0]},
    "tasks.failed": lambda m: {"task": m.task("in_progress"), "force": True},
    "tasks.make_private": lambda m: {"ids": [_public(m, "tasks", m.task())]},
    "tasks.make_public": lambda m: {"ids": [m.task()]},
    "tasks.move": lambda m: {"ids": [m.task()], "project_name": m.name("moved")},
    "tasks.ping": lambda m: {"task": m.task("in_progress")},
    "tasks.publish": lambda m: {"task": m.task("stopped"), "force": True},
    "tasks.publish_many": lambda m: {"ids": [m.task("stopped")], "force": True},
    "tasks.reset": lambda m: {"task": m.task("stopped"), "force": True},
    "tasks.reset_many": lambda m: {"ids": [m.task("stopped")], "force": True},
    "tasks.set_requirements": lambda m: {"task": m.task(), "requirements": {"pip": "clearml"}},
    "tasks.started": lambda m: {"task": m.task(), "force": True},
    "tasks.stop": lambda m: {"task": m.task("in_progress"), "force": True},
    "tasks.stop_many": lambda m: {"ids": [m.task("in_progress")], "force": True},
    "tasks.stopped": lambda m: {"task": m.task("in_progress"), "force": True},
    "tasks.unarchive_many": lambda m: {"ids": [_archived(m)]},
    "tasks.update": lambda m: {"task": m.task(), "name": "another name"},
    "tasks.update_batch": lambda m: json.dumps({"task": m.task(), "name": "another name"}) + "\n",
    "tasks.update_tags": lambda m: {"ids": [m.task()], "add_tags": ["t"]},
    "tasks.validate": lambda m: {"name": "a task", "type": "testing"},
    "workers.register": lambda m: {"worker": m.name("worker"), "queues": []},
    "workers.status_report": lambda m: {"worker": m.worker(), "timestamp": 1_700_000_000_000,
                                        "task": m.task("in_progress"), "queues": [],
                                        "machine_stats": {"cpu_usage": [50]}},
    "workers.unregister": lambda m: {"worker": m.worker()},
}
# Since 2.13 it only says that it is gone.
VERSIONS = {"models.update_for_task": "2.12"}
LINES = {"events.add_batch", "tasks.update_batch"}


def snapshot(world, maker):
    """Everything a read endpoint tells of what may be changed, as one text to compare."""
    all_of = {"search_hidden": True, "page": 0, "page_size": 500}
    state = {}
    for kind in ("tasks", "models", "projects", "queues"):
        pages, page = [], 0
        while True:
            found = world.call(f"{kind}.get_all", {**all_of, "page": page})[kind]
            pages += found
            page += 1
            if len(found) < 500:
                break
        state[kind] = pages
    state["users"] = world.call("users.get_all", {})["users"]
    workers = world.call("workers.get_all", {"last_seen": 0})["workers"]
    state["workers"] = [{k: w.get(k) for k in ("id", "queues", "task")} for w in workers]
    for worker in state["workers"]:
        (worker["task"] or {}).pop("running_time", None)
    # Refusals leave entries in the audit trail, so it is no part of the state.
    state["tractors"] = world.call("fleet.get_all", {"page_size": 1000})["tractors"]
    state["keys"] = world.call("fleet.get_keys")["keys"]
    state["releases"] = world.call("releases.get_all", {"page_size": 500})["releases"]
    state["loading"] = world.call("serving.get_loading_instances", {})
    state["endpoints"] = world.call("serving.get_endpoints", {})
    for task in maker.events_of:
        body = {"task": task, "batch_size": 100}
        answer = world.api("events.get_task_log", body, world.tokens["admin"])
        state[task] = (answer.data or {}).get("total")
    for role in ("user", "guest", "annotator"):
        token = world.tokens[role]
        keys = world.api("auth.get_credentials", {}, token).data["credentials"]
        state[role] = [sorted((k["access_key"], k["label"]) for k in keys),
                       world.api("users.get_preferences", {}, token).data["preferences"]]
    return json.dumps(state, sort_keys=True)
