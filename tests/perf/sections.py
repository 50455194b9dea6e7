# SPDX-License-Identifier: Apache-2.0
"""The parts of the server's benchmark, in the order they run. Each adds rows to the record."""

import os
import pathlib
import subprocess
import time

import limits
import queries
from host import ROOT, Failed, Loadgen, Server, resident_bytes, tree_bytes
from mlflow_side import API, MlflowServer, proportional_bytes

MB = 1e6
CONNECTIONS = 128
REQUEST_BYTES = 24_500  # 100 events in the SDK's format
MLFLOW_SECONDS = 130  # what its part may take
LATER_SECONDS = 380  # what follows the large fill
BUSY_RATE, BAR_RATE, QUERY_RATE = 200_000, 400_000, 50_000


def measure_limits(b):
    folder = str(b.folder)
    sync = limits.sync_latency_ms(folder, REQUEST_BYTES)
    b.record.raw("sync_ms", sync.pop("raw"))
    size = 1 << 30 if b.size["tasks"] > 10_000 else 1 << 27
    b.record.said["limits"] = {
        "sync_ms": sync,
        "write_gb_s": limits.sequential_write_gb_s(folder, size),
        "cached_read_gb_s": limits.cached_read_gb_s(folder),
        "memcpy_gb_s": limits.memcpy_gb_s(),
        "loopback": limits.loopback(size),
        "spawn_ms": limits.spawn_ms(),
    }
    said = b.record.said["limits"]
    b.limits = {
        "sync": f"one sync {sync['p50']:.2f} ms, p99 {sync['p99']:.2f}",
        "write": f"disk {said['write_gb_s']:.2f} GB/s",
        "read": f"page cache {said['cached_read_gb_s']:.1f} GB/s, "
                f"loopback {said['loopback']['gb_s']:.1f}",
        "trip": f"loopback round trip {said['loopback']['round_trip_ms']:.3f} ms",
        "spawn": f"/bin/true {said['spawn_ms']:.1f} ms",
    }


def make_tasks(b, name, count):
    project = b.server.call("projects.create", name=name, description="")["id"]
    projects = b.lines(name + ".project", [project])
    said = b.loadgen.run("tasks", "--projects", projects, "--count", count, "--connections",
                         CONNECTIONS, "--out", b.path(name))
    return project, said


def load(b):
    """100,000 tasks, then 10^8 points."""
    b.server.start()
    b.project, said = make_tasks(b, "tasks", b.size["tasks"])
    b.record.raw("make_tasks", said)
    b.record.row("make_tasks", "tasks made, 20 parameters each, durable", said["units_per_s"],
                 "/s", limit=b.limits["sync"])
    ids = b.read("tasks")
    b.loadgen.run("calls", "--connections", CONNECTIONS, "--input", b.lines("started", (
        '/v2.23/tasks.started\t{"task": "%s"}' % task
        for n, task in enumerate(ids) if queries.started(n))))
    b.loadgen.run("sprinkle", "--tasks", b.path("tasks"), "--connections", 64)
    make_tasks(b, "curves", b.size["runs"])
    make_tasks(b, "ingest", 1000)
    b.server.stop()
    before = tree_bytes(b.server.data)
    b.server.start()
    said = fill(b, "float32", max(60, b.left() - LATER_SECONDS))
    rest = b.size["rest"]
    time.sleep(rest)
    b.record.row("rss_after_load", f"resident memory {rest} s after the load",
                 resident_bytes(b.server.pid) / MB, "MB", bar=64)
    took = b.server.stop()
    after = tree_bytes(b.server.data)
    points = said["units"]
    bound = limits.entropy_bytes((b.size["points"] - b.size["long"])
                                 / 10 / max(1, b.size["runs"] - 1), False)
    b.record.row("bytes_float32", "bytes on disk per point, float32 with 5 % noise",
                 (after - before) / points, "B", bar=3.8,
                 limit=f"entropy {bound:.2f} B",
                 note=f"{points:,} points; the whole data directory after a clean stop, "
                      f"{after / MB:,.0f} MB, less what it took before them "
                      f"({before / MB:,.0f} MB for {b.size['tasks']:,} tasks); "
                      f"the stop took {took:.1f} s")


def fill(b, form, seconds):
    """Curves for so many seconds at most: what was stored is what counts."""
    said = b.loadgen.run("fill", "--tasks", b.path("curves"), "--connections", 16,
                         "--events", 1000, "--points", b.size["points"],
                         "--long-points", b.size["long"], "--runs", b.size["runs"],
                         "--form", form, "--seconds", f"{seconds:.0f}", timeout=seconds + 300)
    b.fill_rate = said["units_per_s"]
    b.record.raw("fill_" + form, said)
    b.record.row("fill_" + form, f"filling with curves, {form}, 16 connections",
                 said["units_per_s"], "points/s",
                 note=f"{said['server_cpu_s'] / said['units'] * 1e6:.2f} us of server CPU each, "
                      f"folding included; {said['refused']} requests refused and sent again; "
                      f"at most {said['server_resident_max'] / MB:,.0f} MB resident")
    return said


def start_times(b):
    clean = []
    for _ in range(3):
        clean.append(b.server.start() * 1e3)
        b.server.stop()
    b.record.raw("start_clean_ms", clean)
    b.record.row("start_clean", "start to ready after a clean stop, median of 3",
                 sorted(clean)[1], "ms", bar=200, limit=b.limits["spawn"])
    killed = []
    for _ in range(3):
        b.server.start()
        b.loadgen.run("events", "--tasks", b.path("ingest"), "--connections", CONNECTIONS,
                      "--rate", BUSY_RATE, "--seconds", 3)
        b.server.kill()
        killed.append(b.server.start() * 1e3)
        b.server.kill()
    b.record.raw("start_killed_ms", killed)
    b.record.row("start_killed", "start to ready after kill -9 under load, median of 3",
                 sorted(killed)[1], "ms", bar=200, limit=b.limits["spawn"])
    b.server.start()
    time.sleep(b.size["rest"])
    b.record.row("rss_at_rest", f"resident memory {b.size['rest']} s after a start",
                 resident_bytes(b.server.pid) / MB, "MB")


def count_matches(b, body):
    """How many tasks a question matches, by walking its answer."""
    wanted = {**body, "only_fields": ["id"], "size": 500, "scroll_id": None}
    for key in ("page_size", "order_by"):
        wanted.pop(key)
    found = 0
    while True:
        said = b.server.call("tasks.get_all_ex", **wanted)
        found += len(said["tasks"])
        if not said["tasks"]:
            return found
        wanted["scroll_id"] = said["scroll_id"]


def ask(b):
    """The eight questions, first and tenth page, while events come in."""
    import json
    asked, names = [], {}
    for name, words, share, body in queries.all_queries(b.project):
        expected = share * b.size["tasks"]
        matches = b.size["tasks"] if share == 1 else count_matches(b, body)
        if abs(matches - expected) > 0.2 * expected + 3:
            raise Failed(f"'{name}' matches {matches}, not about {expected:.0f}")
        for page in (0, 9):
            key = f"{name}, page {page + 1}"
            names[key] = f"{words} ({matches:,} match)"
            asked.append("\t".join([key, "POST", "/v2.30/tasks.get_all_ex",
                                    json.dumps({**body, "page": page})]))
    repeat = b.size["repeat"]
    # Once without load: the first use of a field builds its column.
    cold = b.loadgen.run("repeat", "--input", b.lines("asked", asked), "--repeat", 1)
    busy = b.loadgen.start("events", "--tasks", b.path("ingest"), "--connections", CONNECTIONS,
                           "--rate", QUERY_RATE, "--seconds", 600)
    try:
        time.sleep(1)
        said = b.loadgen.run("repeat", "--input", b.path("asked"), "--repeat", repeat)
    finally:
        busy.terminate()
        busy.communicate()
    b.record.raw("queries", said)
    b.record.raw("queries_first", cold)
    for one in said:
        b.record.row("query " + one["name"], f"{one['name']}: {names[one['name']]}, p99",
                     one["p99_ms"], "ms", bar=20, limit=b.limits["trip"],
                     note=f"p50 {one['p50_ms']:.2f} ms, {one['answer_bytes']:,} bytes")


def read_runs(b):
    import json
    curves = b.read("curves")
    points = (b.size["points"] - b.size["long"]) // 10 // max(1, b.size["runs"] - 1)
    metric = {"metrics": [{"metric": "loss", "variants": ["train 0"]}]}
    asked = []
    for key, task in (("one_of_ten", curves[1]), ("long", curves[0])):
        body = json.dumps({"task": task, "key": "iter", **metric})
        path = "/v2.30/events.scalar_metrics_iter_histogram"
        asked.append("\t".join([key, "POST", path, body]))
    said = b.loadgen.run("repeat", "--input", b.lines("histograms", asked), "--repeat",
                         max(20, b.size["repeat"] // 4))
    b.record.raw("histogram", said)
    for one, words in zip(said, (
            f"histogram of one of ten metrics of a run of {points * 10:,} points, p99",
            f"histogram of a single metric of {b.size['long']:,} points, p99")):
        b.record.row("histogram_" + one["name"], words, one["p99_ms"], "ms", bar=20,
                     limit=b.limits["trip"],
                     note=f"p50 {one['p50_ms']:.2f} ms, {one['answer_bytes']:,} bytes")
    ids = b.read("tasks")
    asked = (f'/v2.23/tasks.get_by_id\t{{"task": "{b.random.choice(ids)}"}}'
             for _ in range(b.size["repeat"] * 20))
    said = b.loadgen.run("calls", "--connections", 1, "--input", b.lines("gets", asked))
    b.record.raw("get_by_id", said)
    b.record.row("get_by_id", "tasks.get_by_id of a random task, p99", said["p99_ms"], "ms",
                 bar=2, limit=b.limits["trip"], note=f"p50 {said['p50_ms']:.3f} ms")


def ingest(b):
    seconds = b.size["seconds"]
    common = ("--tasks", b.path("ingest"), "--connections", CONNECTIONS, "--warm-up", 2,
              "--seconds", seconds)
    said = b.loadgen.run("events", *common, "--rate", BUSY_RATE)
    b.record.raw("events_at_rate", said)
    used = said["server_cpu_s"] / max(1, said["units"]) * 1e6
    own = said["own_cpu_s"] / said["seconds"]
    b.record.row("cpu_per_event", f"server CPU per event at {BUSY_RATE:,} events/s", used, "us",
                 bar=3, note=f"{said['units_per_s']:,.0f} events/s were taken, answers p50 "
                             f"{said['p50_ms']:.2f}, p99 {said['p99_ms']:.2f}, p99.9 "
                             f"{said['p999_ms']:.2f} ms; the load generator used {own:.2f} of a "
                             f"core; {said['event_bytes']} bytes per event on the wire")
    b.record.row("rss_ingest", f"resident memory at {BUSY_RATE:,} events/s, highest",
                 said["server_resident_max"] / MB, "MB", bar=256)
    said = b.loadgen.run("events", *common, "--rate", BAR_RATE)
    b.record.raw("events_at_bar", said)
    b.record.row("p99_at_bar", f"answer at {BAR_RATE:,} events/s, p99", said["p99_ms"], "ms",
                 bar=50, limit=b.limits["sync"],
                 note=f"{said['units_per_s']:,.0f} events/s were taken, p50 {said['p50_ms']:.2f}, "
                      f"p99.9 {said['p999_ms']:.1f} ms; "
                      f"{said['server_cpu_s'] / max(1, said['units']) * 1e6:.2f} us of server CPU "
                      "per event")
    said = b.loadgen.run("events", *common)
    b.record.raw("events_closed", said)
    b.record.row("events_per_s", f"durable scalar events, 100 per request, {CONNECTIONS} "
                 "connections", said["units_per_s"], "/s", bar=400_000, most=False,
                 limit=b.limits["sync"],
                 note=f"{said['server_cpu_s'] / max(1, said['units']) * 1e6:.2f} us of server CPU "
                      f"each; {said['refused']} requests refused")
    b.record.row("events_p99", "  their answer, p99", said["p99_ms"], "ms", bar=50,
                 limit=b.limits["sync"],
                 note=f"p50 {said['p50_ms']:.1f}, p99.9 {said['p999_ms']:.1f} ms")


def files(b):
    size = b.size["file"]
    for key, connections in (("1", 1), ("4", 4)):
        words = f"{size >> 20} MB files, {key} at a time"
        common = ("--bytes", size, "--count", 4, "--connections", connections)
        up = b.loadgen.run("upload", *common, port="files")
        down = b.loadgen.run("download", *common, port="files")
        b.record.raw("files_" + key, {"up": up, "down": down})
        b.record.row("upload_" + key, f"upload, {words}", up["units_per_s"] / 1e9, "GB/s",
                     limit=b.limits["write"])
        b.record.row("download_" + key, f"download, {words}", down["units_per_s"] / 1e9, "GB/s",
                     limit=b.limits["read"])
    b.server.stop()


def decimals(b):
    """A store of its own for the rounded variant; smaller when the time does not suffice."""
    spare = b.left() - (0 if b.arguments.without_mlflow else MLFLOW_SECONDS) - 20
    points = b.size["points"]
    if b.fill_rate and spare * b.fill_rate < points:
        points = max(points // 20, int(spare * b.fill_rate) // 1_000_000 * 1_000_000)
    main = b.server
    b.size = {**b.size, "points": points, "long": min(b.size["long"], points // 10)}
    other = b.folder / "decimals"
    other.mkdir()
    b.server = Server(b.arguments.server, other)
    b.loadgen = Loadgen(b.arguments.loadgen, b.server)
    try:
        b.server.start()
        make_tasks(b, "curves", b.size["runs"])
        b.server.stop()
        before = tree_bytes(b.server.data)
        b.server.start()
        said = fill(b, "decimals", max(20, spare))
        b.server.stop()
        bound = limits.entropy_bytes((points - b.size["long"]) / 10 / max(1, b.size["runs"] - 1),
                                     True)
        whole = tree_bytes(b.server.data)
        b.record.row("bytes_decimals", "bytes on disk per point, rounded to four decimals",
                     (whole - before) / said["units"], "B", bar=2.2,
                     limit=f"entropy {bound:.2f} B",
                     note=f"{said['units']:,} points; the whole data directory after a clean stop, "
                          f"{whole / MB:,.0f} MB, less what it took empty ({before / MB:,.0f} MB, "
                          "most of it the reserve for a full disk)")
    finally:
        b.server.kill()
        b.server = main


def mlflow(b):
    made = subprocess.run([str(ROOT / "tools/x/venv.sh"), "mlflow"], stdin=subprocess.DEVNULL)
    if made.returncode:
        raise Failed("its packages could not be downloaded")
    venv = pathlib.Path(os.environ.get("FURROW_VENVS", ROOT / "build/venv")) / "mlflow"
    other = MlflowServer(venv, b.folder / "mlflow")
    tool = Loadgen(b.arguments.loadgen, other)
    try:
        measure_mlflow(b, other, tool)
    finally:
        other.stop()


def measure_mlflow(b, other, tool):
    import json
    other.start()  # makes the database
    other.stop()
    run = other.fill(b.size["mlflow_runs"], b.size["mlflow_points"])
    size = f"{b.size['mlflow_runs']:,} runs"
    b.record.compare("start_clean", other.start() * 1e3)
    time.sleep(10)
    b.record.compare("rss_at_rest", proportional_bytes(other.pid) / MB)
    on_disk = other.database.stat().st_size
    b.record.raw("mlflow_store", {"bytes": on_disk, **{k: b.size[k] for k in (
        "mlflow_runs", "mlflow_points")}})

    search = {"experiment_ids": ["0"], "max_results": queries.PAGE_SIZE}
    asked = []
    for name, more in (
            ("plain", {"order_by": ["attributes.start_time DESC"]}),
            ("status and tags", {"filter": "attributes.status = 'RUNNING' and "
                                           "tags.`field-trial` = 'yes'"}),
            ("metric range, 1 %", {"filter": "metrics.`metric 3` >= 0.5 and "
                                             "metrics.`metric 3` <= 0.51"}),
            ("metric range, 50 %", {"filter": "metrics.`metric 3` <= 0.5"}),
            ("sorted by a metric", {"order_by": ["metrics.`metric 7` DESC"]}),
            ("sorted by a parameter", {"order_by": ["params.lr ASC"]})):
        for page in (0, 9):
            body = {**search, **more}
            if page:
                token = other.page_token(page, **body)
                if not token:
                    continue
                body["page_token"] = token
            asked.append("\t".join([f"query {name}, page {page + 1}", "POST",
                                    API + "/runs/search", json.dumps(body)]))
    asked.append("\t".join(["histogram_long", "GET", other.history_path(run, 2000), ""]))
    asked.append("\t".join(["get_by_id", "GET", f"{API}/runs/get?run_id={run}", ""]))
    # Its answers take long: fewer of them, and none beside other load.
    said = tool.run("repeat", "--input", b.lines("mlflow_asked", asked), "--repeat", 5,
                    timeout=300)
    b.record.raw("mlflow_reads", said)
    for one in said:
        b.record.compare(one["name"], f"p50 {one['p50_ms']:.1f} ms (of 5, idle, {size})")

    other.log_batches(b.path("batches"), 3000)
    said = tool.run("calls", "--input", b.path("batches"), "--connections", 8, "--seconds", 8)
    b.record.raw("mlflow_log_batch", said)
    b.record.compare("events_per_s", said["units_per_s"] * 100)
    b.record.compare("events_p99", said["p99_ms"])
    b.record.compare("rss_ingest", proportional_bytes(other.pid) / MB)
    up, down = other.artifact_rates(min(b.size["file"], 128 << 20))
    b.record.compare("upload_1", up)
    b.record.compare("download_1", down)


# (name, whether every choice of sections needs it, function)
SECTIONS = [
    ("limits", True, measure_limits),
    ("load", True, load),
    ("start", True, start_times),
    ("queries", False, ask),
    ("reads", False, read_runs),
    ("ingest", False, ingest),
    ("files", True, files),
    ("decimals", False, decimals),
    ("mlflow", False, mlflow),
]
