# SPDX-License-Identifier: Apache-2.0
"""Single values: reported, overwritten, read back; they are no part of the curves."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/single", task_name="single values",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    logger = task.get_logger()
    logger.report_single_value("accuracy", 0.5)
    logger.report_single_value("recall", 0.25)
    task.flush(wait_for_uploads=True)
    logger.report_single_value("accuracy", 0.75)
    task.close()
    again = Task.get_task(task_id=task.id)
    facts["all"] = again.get_reported_single_values()
    facts["one"] = again.get_reported_single_value("recall")


def check(raw, facts):
    raw.same("read", facts["all"], {"accuracy": 0.75, "recall": 0.25})
    raw.same("one", facts["one"], 0.25)
    stored = raw.single_values(facts["task"])
    raw.same("stored", stored, {("Summary", "accuracy"): 0.75, ("Summary", "recall"): 0.25})
    raw.same("curves", raw.scalars(facts["task"]), {})
    task = raw.task(facts["task"])
    raw.near("last metric", raw.last_metrics(task)[("Summary", "accuracy")]["value"], 0.75)
    raw.true("last_iteration", (task.get("last_iteration") or 0) == 0)
