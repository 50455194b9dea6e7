# SPDX-License-Identifier: Apache-2.0
"""Asks a server everything that only reads and keeps the answers as bytes.

`READS` says how each endpoint is asked. Which ones there are, and in which versions, the server
tells itself from its route table: an endpoint that is added later and not named here is an error.
"""

import gzip
import json
import re
import urllib.error
import urllib.request

import raw as raw_module
import sample

# How many runs are asked about one by one.
RUNS_MAX = 6

FROM, TO = 1_600_000_000, 1_900_000_000


def _once(body=None):
    return lambda world: [body or {}]


def _task(**extra):
    return lambda world: [{"task": t, **extra} for t in world["tasks"]]


def _tasks(**extra):
    return lambda world: [{"tasks": world["tasks"], **extra}]


def _metrics(metric):
    return lambda world: [{"metrics": [{"task": t, "metric": metric} for t in world["tasks"]],
                           "iters": 3}]


def _each(field, kind):
    return lambda world: [{field: one} for one in world[kind]]


READS = {
    "auth.get_credentials": None,
    "debug.ping": _once(),
    "deletions.get_progress": None,
    "events.clear_scroll": None,
    "events.debug_images": lambda w: _metrics("debug")(w) + [{"task": w["sample"], "iters": 3}],
    "events.download_task_log": None,
    "events.get_debug_image_sample": _task(metric="debug", variant="image"),
    "events.get_multi_task_metrics": _tasks(),
    "events.get_multi_task_plots": _tasks(iters=5, no_scroll=True),
    "events.get_plot_sample": _task(metric="roc"),
    "events.get_scalar_metric_data": _task(metric="loss", no_scroll=True),
    "events.get_scalar_metrics_and_variants": _task(),
    "events.get_task_events": _task(event_type="log", batch_size=5000),
    "events.get_task_latest_scalar_values": _task(),
    "events.get_task_log": _task(batch_size=5000, order="asc"),
    "events.get_task_metrics": _tasks(event_type="training_stats_scalar"),
    "events.get_task_plots": _task(iters=10, no_scroll=True),
    "events.get_task_single_value_metrics": _tasks(),
    "events.get_vector_metrics_and_variants": _task(),
    "events.multi_task_scalar_metrics_iter_histogram": _tasks(samples=500),
    "events.next_debug_image_sample": None,
    "events.next_plot_sample": None,
    "events.plots": _metrics("roc"),
    "events.vector_metrics_iter_histogram": _task(metric="weights", variant="w"),
    "events.scalar_metrics_iter_histogram": _task(samples=100_000),
    "events.scalar_metrics_iter_raw": _task(metric={"metric": "loss", "variants": ["train"]},
                                            batch_size=5000),
    "fleet.get_all": _once(),
    "fleet.get_by_id": _each("tractor", "tractors"),
    "fleet.get_keys": _once(),
    "fleet.get_reports": lambda world: [{"tractor": one, "stream": "sprays"}
                                        for one in world["tractors"]],
    "login.supported_modes": _once(),
    "auth.fixed_users_mode": _once(),
    "models.get_all": _once({"order_by": ["id"]}),
    "models.get_all_ex": _once({"order_by": ["id"]}),
    "models.get_by_id": _each("model", "models"),
    "models.get_by_id_ex": lambda world: [{"id": world["models"]}],
    "models.get_by_task_id": _task(),
    "models.get_frameworks": _once(),
    "organization.get_entities_count": _once({"projects": {}, "tasks": {}, "models": {}}),
    "organization.get_tags": _once({"include_system": True}),
    "organization.get_user_companies": _once(),
    "projects.get_all": _once({"order_by": ["id"]}),
    "projects.get_all_ex": _once({"order_by": ["id"], "include_stats": True}),
    "projects.get_by_id": _each("project", "projects"),
    "projects.get_hyper_parameters": _each("project", "projects"),
    "projects.get_hyperparam_values": _once({"section": "Args", "name": "lr"}),
    "projects.get_model_metadata_keys": _each("project", "projects"),
    "projects.get_model_metadata_values": _once({"key": "x"}),
    "projects.get_model_tags": _once(),
    "projects.get_project_tags": _once(),
    "projects.get_task_parents": _once(),
    "projects.get_task_tags": _once(),
    "projects.get_unique_metric_variants": _once(),
    "projects.get_user_names": _once(),
    "projects.validate_delete": _each("project", "projects"),
    "queues.get_all": _once({"order_by": ["id"]}),
    "queues.get_all_ex": _once({"order_by": ["id"]}),
    "queues.get_by_id": _each("queue", "queues"),
    "queues.get_by_task_id": None,
    "queues.get_default": _once(),
    "queues.get_num_entries": _each("queue", "queues"),
    "queues.get_queue_metrics": None,
    "queues.peek_task": _each("queue", "queues"),
    "releases.get_all": _once(),
    "releases.get_audit": _once(),
    "releases.get_by_id": None,
    "releases.get_report": None,
    "server.config": None,
    "server.endpoints": _once(),
    "server.get_stats": None,
    "server.info": _once(),
    "server.report_stats_option": _once(),
    "serving.get_endpoint_details": None,
    "serving.get_endpoint_metrics_history": None,
    "serving.get_endpoints": _once(),
    "serving.get_loading_instances": _once(),
    "tasks.get_all": _once({"order_by": ["id"], "page_size": 500, "page": 0}),
    "tasks.get_all_ex": _once({"order_by": ["-last_metrics.max_value", "id"], "page_size": 500,
                               "page": 0}),
    "tasks.get_by_id": _task(),
    "tasks.get_by_id_ex": lambda world: [{"id": world["tasks"]}],
    "tasks.get_configuration_names": _tasks(),
    "tasks.get_configurations": _tasks(),
    "tasks.get_hyper_params": _tasks(),
    "tasks.get_types": _once(),
    "users.get_all": _once({"order_by": ["id"]}),
    "users.get_all_ex": _once({"order_by": ["id"]}),
    "users.get_by_id": _each("user", "users"),
    "users.get_current_user": _once(),
    "users.get_preferences": _once(),
    "workers.get_activity_report": None,
    "workers.get_all": None,
    "workers.get_count": None,
    "workers.get_metric_keys": None,
    "workers.get_stats": None,
}

# Why the ones with None are not compared: their answers tell of the process that answers, or of
# this moment, or they need what a call before them returned.
NOT_COMPARED = {
    "auth.get_credentials": "when a key was last used",
    "deletions.get_progress": "what this process is deleting",
    "events.clear_scroll": "ends a scroll",
    "events.download_task_log": "asked below /api with a token of its own, as events.get_task_log",
    "events.next_debug_image_sample": "goes on from a scroll",
    "events.next_plot_sample": "goes on from a scroll",
    "queues.get_by_task_id": "an error where no run waits",
    "queues.get_queue_metrics": "sampled by this process",
    "releases.get_by_id": "an error where there is no release",
    "releases.get_report": "an error where there is no release",
    "server.config": "its own folder and ports",
    "server.get_stats": "its own memory and time",
    "serving.get_endpoint_details": "an error where nothing is served",
    "serving.get_endpoint_metrics_history": "an error where nothing is served",
    "workers.get_activity_report": "workers are alive, or not, now",
    "workers.get_all": "workers are alive, or not, now",
    "workers.get_count": "workers are alive, or not, now",
    "workers.get_metric_keys": "workers are alive, or not, now",
    "workers.get_stats": "workers are alive, or not, now",
}


NEWEST = "2.31"


def _routes(reader):
    """{name: versions} of the routes that only read. The caller needs the role root."""
    out = {}
    for route in reader.call("server.endpoints")["endpoints"]:
        if route["read_only"]:
            out.setdefault(route["name"], {NEWEST}).add(route["min_version"])
    if set(out) != set(READS):
        odd = sorted(set(out) ^ set(READS))
        raise raw_module.Mismatch(f"READS does not fit the server's routes: {odd}")
    return out


def _raw(reader, endpoint, version, body):
    """Status and the bytes of `data` of one call, scrolls and the server's clock alike."""
    if reader._token is None:
        reader.login()
    url = f"{reader.urls['api']}/v{version}/{endpoint}"
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), method="POST",
        headers={"Authorization": f"Bearer {reader._token}", "Content-Type": "application/json",
                 "Accept-Encoding": "gzip"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                text = gzip.decompress(text)
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    data = text[text.index(b'"data":'):]
    return f"{status} ".encode() + re.sub(rb'"(scroll_id|now)":"(?:[^"\\]|\\.)*"',
                                            rb'"\1":"..."', data)


def _ids(reader, endpoint, answer, **extra):
    return [one["id"] for one in reader.call(endpoint, order_by=["id"], page=0, page_size=500,
                                             only_fields=["id"], search_hidden=True,
                                             **extra)[answer]]


def answers(server, access_key, secret_key):
    """{question: bytes} of every endpoint that only reads, in each of its versions, and of every
    file. The keys are those of a user with the role root."""
    reader = raw_module.Raw(server.urls, access_key, secret_key, timeout=60)
    routes = _routes(reader)
    tasks = _ids(reader, "tasks.get_all", "tasks")
    run = _ids(reader, "tasks.get_all", "tasks", name=f"^{sample.NAME}$")[0]
    step = max(1, len(tasks) // RUNS_MAX)
    world = {
        "tasks": [run, *(t for t in tasks[::step][:RUNS_MAX] if t != run)],
        "sample": run,
        "models": _ids(reader, "models.get_all", "models"),
        "projects": _ids(reader, "projects.get_all", "projects"),
        "queues": _ids(reader, "queues.get_all", "queues"),
        "users": [u["id"] for u in reader.call("users.get_all")["users"]],
        "tractors": [t["id"] for t in reader.call("fleet.get_all")["tractors"]],
    }
    out = {}
    for endpoint, make in READS.items():
        if make is None:
            if endpoint not in NOT_COMPARED:
                raise raw_module.Mismatch(f"why is {endpoint} not compared?")
            continue
        for body in make(world):
            for version in sorted(routes[endpoint]):
                question = f"{endpoint} v{version} {json.dumps(body, sort_keys=True)}"
                out[question] = _raw(reader, endpoint, version, body)
    for path in _files(reader):
        out[f"file {path}"] = _file(reader, path)
    return out


# Nothing is served by a model in this test, and no tractor has driven.
SERVES_NOTHING = ("serving.get_endpoints", "serving.get_loading_instances", "fleet.get_reports",
                  "releases.get_all")
ABOUT_THE_ANSWER = ("scroll_id", "returned", "total", "task")


def _filled(value):
    if isinstance(value, dict):
        value = list(value.values())
    return any(map(_filled, value)) if isinstance(value, list) else bool(value)


def _says_something(answer):
    if answer.startswith(b"Content-Type: "):
        return True
    if not answer.startswith(b"200 "):
        return False
    data = json.loads(b"{" + answer[4:])["data"]
    return _filled({k: v for k, v in data.items() if k not in ABOUT_THE_ANSWER} or data)


def silent(out):
    """The endpoints of `out`, which `answers` made, that gave no answer with something in it."""
    said = dict.fromkeys((question.split()[0] for question in out), False)
    for question, answer in out.items():
        said[question.split()[0]] |= _says_something(answer)
    return sorted(name for name, anything in said.items()
                  if not anything and name not in SERVES_NOTHING)


def _files(reader):
    """Paths of all artifacts; both servers know them under the URL of the first."""
    tasks = reader.call("tasks.get_all", page=0, page_size=500,
                        only_fields=["execution.artifacts"])["tasks"]
    return sorted({a["uri"].split("/", 3)[3] for t in tasks
                   for a in t.get("execution", {}).get("artifacts") or []})


def _file(reader, path):
    request = urllib.request.Request(f"{reader.urls['files']}/{path}",
                                     headers={"Authorization": f"Bearer {reader._token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        kept = [f"{k}: {answer.headers.get(k)}" for k in
                ("Content-Type", "Content-Length", "ETag", "Last-Modified")]
        return "\n".join(kept).encode() + answer.read()
