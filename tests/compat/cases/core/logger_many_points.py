# SPDX-License-Identifier: Apache-2.0
"""Ten thousand points of one curve and a thousand curves: nothing lost, the picture down-
sampled."""

NEEDS = {"timeout": 240}


def client(facts):
    from clearml import Task

    task = Task.init(
        project_name="compat/many",
        task_name="points",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    logger = task.get_logger()
    for iteration in range(10000):
        logger.report_scalar("long", "curve", float(iteration % 100), iteration)
    for series in range(1000):
        logger.report_scalar(f"wide {series % 10}", f"series {series}", float(series), 0)
    task.close()
    again = Task.get_task(task_id=task.id)
    everything = again.get_all_reported_scalars()
    facts["all"] = len(everything["long"]["curve"]["x"])
    facts["sampled"] = len(again.get_reported_scalars()["long"]["curve"]["x"])
    facts["series"] = sum(len(v) for v in everything.values())


def check(raw, facts):
    raw.same("every point", facts["all"], 10000)
    raw.true("sampled", 500 <= facts["sampled"] <= 5001)
    raw.same("series", facts["series"], 1001)
    events = raw.call(
        "events.get_task_events",
        task=facts["task"],
        batch_size=100,
        event_type="training_stats_scalar",
        metrics=[{"metric": "long"}],
    )
    raw.same("total", events["total"], 10000)
    raw.same("metrics of the task", len(raw.last_metrics(raw.task(facts["task"]))), 1001)
    short = raw.call(
        "events.scalar_metrics_iter_histogram",
        task=facts["task"],
        samples=100,
        metrics=[{"metric": "long"}],
    )
    raw.true("a hundred samples", 50 <= len(short["long"]["curve"]["x"]) <= 100)
    raw.near("averages", short["long"]["curve"]["y"][0], 49.5)
