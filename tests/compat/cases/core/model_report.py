# SPDX-License-Identifier: Apache-2.0
"""Scalars, single values and plots that belong to a model instead of a task."""

NEEDS = {"modules": ["numpy"]}


def client(facts):
    import numpy as np
    from clearml import OutputModel, Task

    task = Task.init(project_name="compat/model report", task_name="reports on a model",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    model = OutputModel(task=task, name="reported")
    model.update_weights(register_uri="http://127.0.0.1:9/reported.bin")
    facts["model"] = model.id
    for iteration in range(4):
        model.report_scalar("evaluation", "f1", 0.1 * iteration, iteration)
    model.report_single_value("size", 12.5)
    model.report_histogram("histogram", "counts", values=[1, 2, 3], iteration=0)
    model.report_confusion_matrix("matrix", "classes", np.array([[1, 0], [0, 1]]), iteration=0)
    task.close()


def check(raw, facts):
    model = facts["model"]
    found = raw.call("events.scalar_metrics_iter_histogram", task=model, model_events=True)
    raw.same("iterations", found["evaluation"]["f1"]["x"], [0, 1, 2, 3])
    raw.near("values", found["evaluation"]["f1"]["y"], [0.0, 0.1, 0.2, 0.3])
    singles = raw.call("events.get_task_single_value_metrics", tasks=[model], model_events=True)
    raw.same("single", [v["variant"] for t in singles["tasks"] for v in t["values"]], ["size"])
    plots = raw.call("events.get_task_plots", task=model, model_events=True)["plots"]
    raw.same("plots", sorted(p["metric"] for p in plots), ["histogram", "matrix"])
    raw.same("nothing on the task", raw.scalars(facts["task"]), {})
    last = raw.last_metrics(raw.model(model))
    raw.near("last metric of the model", last[("evaluation", "f1")]["value"], 0.3)
