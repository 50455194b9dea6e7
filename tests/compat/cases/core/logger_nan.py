# SPDX-License-Identifier: Apache-2.0
"""NaN and infinity: bare tokens on the wire, never a failed batch."""

NEEDS = {"modules": ["numpy"]}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/nan", task_name="not numbers",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    logger = task.get_logger()
    logger.report_scalar("loss", "train", 1.0, 0)
    logger.report_scalar("loss", "train", float("nan"), 1)
    logger.report_scalar("loss", "train", float("inf"), 2)
    logger.report_scalar("loss", "train", 4.0, 3)
    logger.report_histogram("gaps", "with nan", values=[1.0, float("nan"), 3.0], iteration=0)
    task.close()


def check(raw, facts):
    x, y = raw.scalar(facts["task"], "loss", "train")
    raw.has("iterations", x, 0, 3)
    raw.near("first", y[0], 1.0)
    raw.near("last", y[-1], 4.0)
    raw.same("status", raw.task(facts["task"])["status"], "completed")
    raw.same("plots", [p["metric"] for p in raw.plots(facts["task"])], ["gaps"])
