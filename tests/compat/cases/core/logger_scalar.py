# SPDX-License-Identifier: Apache-2.0
"""Scalars: several series, odd names, negative and huge iterations, overwritten points, read
back."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(
        project_name="compat/scalars",
        task_name="scalars",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    logger = task.get_logger()
    for iteration in range(50):
        logger.report_scalar("loss", "train", 1.0 / (iteration + 1), iteration)
        logger.report_scalar("loss", "val", 2.0 / (iteration + 1), iteration)
    for iteration in (7, 3, 5):
        logger.report_scalar("order", "mixed", iteration * 10.0, iteration)
    logger.report_scalar("odd/na.me $1", "ünïcode: %", 5, 1)
    logger.report_scalar("big", "iteration", 1e-12, 2_000_000_000)
    logger.report_scalar("big", "value", 1.5e300, 0)
    logger.report_scalar("twice", "same point", 1.0, 4)
    task.flush(wait_for_uploads=True)
    logger.report_scalar("twice", "same point", 2.0, 4)
    task.flush(wait_for_uploads=True)
    task.close()
    again = Task.get_task(task_id=task.id)
    facts["reported"] = again.get_reported_scalars()
    facts["all"] = again.get_all_reported_scalars()
    facts["by_time"] = again.get_reported_scalars(x_axis="timestamp")
    facts["iso"] = again.get_reported_scalars(x_axis="iso_time")
    facts["sampled"] = again.get_reported_scalars(max_samples=10)
    facts["last"] = again.get_last_scalar_metrics()
    facts["last_iteration"] = again.get_last_iteration()


def check(raw, facts):
    task = raw.task(facts["task"])
    for where, found in (
        ("raw", raw.scalars(task["id"])),
        ("client", facts["reported"]),
        ("all", facts["all"]),
    ):
        raw.same(
            f"{where} metrics",
            sorted(found),
            sorted(["loss", "order", "odd/na.me $1", "big", "twice"]),
        )
        train = found["loss"]["train"]
        raw.same(f"{where} iterations", train["x"], list(range(50)))
        raw.near(f"{where} values", train["y"], [1.0 / (i + 1) for i in range(50)])
        raw.same(f"{where} name", train["name"], "train")
        raw.same(f"{where} sorted", found["order"]["mixed"]["x"], [3, 5, 7])
        raw.near(f"{where} sorted values", found["order"]["mixed"]["y"], [30, 50, 70])
        raw.near(f"{where} odd names", found["odd/na.me $1"]["ünïcode: %"]["y"], [5])
        raw.near(f"{where} huge value", found["big"]["value"]["y"], [1.5e300])
        raw.same(f"{where} huge iteration", found["big"]["iteration"]["x"], [2_000_000_000])
        raw.near(f"{where} last write wins", found["twice"]["same point"]["y"], [2.0])
    raw.true("milliseconds", facts["by_time"]["loss"]["train"]["x"][0] > 1.6e12)
    raw.true("ISO time", str(facts["iso"]["loss"]["train"]["x"][0]).startswith("20"))
    sampled = facts["sampled"]["loss"]["train"]
    raw.true("at most ten samples", 2 <= len(sampled["x"]) <= 10)
    raw.same("last_iteration", facts["last_iteration"], 2_000_000_000)
    raw.near("last", facts["last"]["loss"]["train"]["last"], 0.02)
    raw.near("max", facts["last"]["loss"]["train"]["max"], 1.0)
    entry = raw.last_metrics(task)[("loss", "val")]
    raw.same("count", entry["count"], 50)
    raw.near("first", entry["first_value"], 2.0)
    raw.same("iteration of min", entry["min_value_iteration"], 49)
    events = raw.events(task["id"], "training_stats_scalar")
    raw.same("events", len(events), 50 * 2 + 3 + 1 + 2 + 1)
