# SPDX-License-Identifier: Apache-2.0
"""Asks a server everything that only reads and keeps the answers as bytes.

`READS` says how each endpoint is asked; `uncovered` compares it with the route tables of the
sources, so that an endpoint added later is not forgotten.
"""

import gzip
import json
import pathlib
import re
import urllib.error
import urllib.request

import raw as raw_module

# How many runs are asked about one by one.
RUNS_MAX = 6

FROM, TO = 1_600_000_000, 1_900_000_000


def _once(body=None):
    return lambda world: [body or {}]


def _task(**extra):
    return lambda world: [{"task": t, **extra} for t in world["tasks"]]


def _tasks(**extra):
    return lambda world: [{"tasks": world["tasks"], **extra}]


def _each(field, kind):
    return lambda world: [{field: one} for one in world[kind]]


READS = {
    "auth.get_credentials": None,
    "debug.ping": _once(),
    "deletions.get_progress": None,
    "events.add_batch": None,
    "events.clear_scroll": None,
    "events.debug_images": _tasks(iters=3, metrics=[]),
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
    "events.plots": _tasks(iters=3),
    "events.scalar_metrics_iter_histogram": _task(samples=100_000),
    "events.scalar_metrics_iter_raw": _task(metric={"metric": "loss", "variants": ["train"]},
                                            batch_size=5000),
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
    "server.config": None,
    "server.endpoints": _once(),
    "server.get_stats": None,
    "server.info": _once(),
    "server.report_stats_option": _once(),
    "serving.get_endpoint_details": None,
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
    "events.add_batch": "writes",
    "events.clear_scroll": "ends a scroll",
    "events.download_task_log": "asked below /api with a token of its own, as events.get_task_log",
    "events.next_debug_image_sample": "goes on from a scroll",
    "events.next_plot_sample": "goes on from a scroll",
    "queues.get_by_task_id": "an error where no run waits",
    "queues.get_queue_metrics": "sampled by this process",
    "server.config": "its own folder and ports",
    "server.get_stats": "its own memory and time",
    "serving.get_endpoint_details": "an error where nothing is served",
    "workers.get_activity_report": "workers are alive, or not, now",
    "workers.get_all": "workers are alive, or not, now",
    "workers.get_count": "workers are alive, or not, now",
    "workers.get_metric_keys": "workers are alive, or not, now",
    "workers.get_stats": "workers are alive, or not, now",
}


def uncovered():
    """Read-only routes of the sources that READS does not know."""
    root = pathlib.Path(__file__).resolve().parents[3] / "src/service"
    line = re.compile(r'^\s*\{"([a-z_]+\.[a-z_0-9]+)",.*\btrue\b', re.M)
    found = {name for path in root.glob("*/*.cc") for name in line.findall(path.read_text())}
    if len(found) < 50:
        raise raw_module.Mismatch(f"only {len(found)} read-only routes were found in {root}")
    return sorted(found - set(READS))


def _raw(reader, endpoint, body):
    """Status and the bytes of `data` of one call, scrolls named alike."""
    if reader._token is None:
        reader.login()
    request = urllib.request.Request(
        f"{reader.urls['api']}/v2.31/{endpoint}", data=json.dumps(body).encode(), method="POST",
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
    return f"{status} ".encode() + re.sub(rb'"scroll_id":"[^"]*"', b'"scroll_id":"..."', data)


def _ids(reader, endpoint, answer, **extra):
    return [one["id"] for one in reader.call(endpoint, order_by=["id"], page=0, page_size=500,
                                             only_fields=["id"], search_hidden=True,
                                             **extra)[answer]]


def answers(server):
    """{question: bytes} of every endpoint that only reads, and of every file."""
    reader = raw_module.Raw(server.urls, server.access_key, server.secret_key, timeout=60)
    tasks = _ids(reader, "tasks.get_all", "tasks")
    step = max(1, len(tasks) // RUNS_MAX)
    world = {
        "tasks": tasks[::step][:RUNS_MAX],
        "models": _ids(reader, "models.get_all", "models"),
        "projects": _ids(reader, "projects.get_all", "projects"),
        "queues": _ids(reader, "queues.get_all", "queues"),
        "users": [u["id"] for u in reader.call("users.get_all")["users"]],
    }
    out = {}
    if uncovered():
        raise raw_module.Mismatch(f"READS does not know {uncovered()}")
    for endpoint, make in READS.items():
        if make is None:
            if endpoint not in NOT_COMPARED:
                raise raw_module.Mismatch(f"why is {endpoint} not compared?")
            continue
        for body in make(world):
            out[f"{endpoint} {json.dumps(body, sort_keys=True)}"] = _raw(reader, endpoint, body)
    for path in _files(reader):
        out[f"file {path}"] = _file(reader, path)
    return out


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
