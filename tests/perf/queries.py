# SPDX-License-Identifier: Apache-2.0
"""The eight questions to a store of tasks, as the experiments table of the web page asks them.

tools/loadgen/task_work.cc makes the tasks; the share each question matches follows from it:

  task number n     name "run 000123 resnet50 soy": network n % 8, crop n % 5
                    tag field-trial: n % 10 == 0; tag night: n % 3 == 0
                    comment holds "baseline" when n % 5 < 3, "aphids" when n % 1000 == 7
                    started (so in_progress): n % 4 == 0
                    metrics 0 to 9: one value each, uniform in [0, 1); parameters: 20
"""
import hashlib

PAGE_SIZE = 30
COLUMNS = ["id", "name", "type", "status", "project.name", "user.name", "created", "started",
           "last_update", "last_iteration", "tags", "system_tags", "parent.name", "comment",
           "runtime.progress"]


def metric_path(name, variant="total", member="value"):
    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()
    return f"last_metrics.{md5(name)}.{md5(variant)}.{member}"


def started(number):
    return number % 4 == 0


def all_queries(project):
    """[(name, selectivity in words, share, request body without its page)]"""
    accuracy, speed = metric_path("metric 3"), metric_path("metric 7")
    rate = "hyperparams.Args.lr.value"

    def body(order="-last_update", columns=(), **more):
        return {"project": [project], "system_tags": ["__$not", "archived"], "order_by": [order],
                "only_fields": COLUMNS + list(columns), "page_size": PAGE_SIZE, **more}

    return [
        ("plain", "all, newest first", 1.0, body()),
        ("status and tags", "in_progress and tagged field-trial: 5 %", 0.05,
         body(status=["in_progress"], tags=["field-trial"])),
        ("name pattern", "name ~ 'resnet50 (wheat|soy)': 5 %", 0.05,
         body(name="resnet50 (wheat|soy)")),
        ("rare text", "search_text 'aphids': 0.1 %", 0.001, body(search_text="aphids")),
        ("common text", "search_text 'baseline': 60 %", 0.6, body(search_text="baseline")),
        ("metric range, 1 %", "0.5 <= metric 3 <= 0.51: 1 %", 0.01,
         body(columns=[accuracy], **{accuracy: [0.5, 0.51]})),
        ("metric range, 50 %", "metric 3 <= 0.5: 50 %", 0.5,
         body(columns=[accuracy], **{accuracy: [0, 0.5]})),
        ("sorted by a metric", "all, by metric 7, highest first", 1.0,
         body(order="-" + speed, columns=[speed])),
        ("sorted by a parameter", "all, by Args/lr, lowest first", 1.0,
         body(order=rate, columns=[rate])),
        ("_any_ over three fields", "name, comment or id ~ 'wheat': 20 %", 0.2,
         body(_any_={"fields": ["name", "comment", "id"], "pattern": "wheat"})),
    ]
