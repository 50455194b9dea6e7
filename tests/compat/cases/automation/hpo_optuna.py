# SPDX-License-Identifier: Apache-2.0
"""HyperParameterOptimizer with Optuna, the runs as local processes."""

NEEDS = {"sdk": ["2.1"], "modules": ["optuna"], "timeout": 300}

BASE = """
from clearml import Task

task = Task.init(project_name="compat/hpo", task_name="base hpo_optuna",
                 auto_connect_frameworks=False,
                 auto_resource_monitoring=False)
values = task.connect({"x": 1.0, "kind": "a"})
x = float(values["x"])
for iteration in range(2):
    task.get_logger().report_scalar(
        "objective", "value", (x - 3) ** 2 + 1.0 / (iteration + 1), iteration)
"""


def client(facts):
    import subprocess
    import sys

    from clearml import Task
    from clearml.automation import HyperParameterOptimizer
    from clearml.automation import UniformParameterRange
    from clearml.automation.optuna import OptimizerOptuna

    with open("base.py", "w") as file:
        file.write(BASE)
    subprocess.run([sys.executable, "base.py"], check=True)
    base = Task.get_task(project_name="compat/hpo", task_name="base hpo_optuna")
    facts["base"] = base.id
    Task.init(
        project_name="compat/hpo",
        task_name="optimizer hpo_optuna",
        task_type=Task.TaskTypes.optimizer,
        reuse_last_task_id=False,
        auto_resource_monitoring=False,
    )
    facts["optimizer"] = Task.current_task().id
    optimizer = HyperParameterOptimizer(
        base_task_id=base.id,
        hyper_parameters=[UniformParameterRange("General/x", min_value=0.0, max_value=6.0)],
        objective_metric_title="objective",
        objective_metric_series="value",
        objective_metric_sign="min",
        max_number_of_concurrent_tasks=2,
        optimizer_class=OptimizerOptuna,
        optimization_time_limit=4.0,
        total_max_jobs=4,
        min_iteration_per_job=0,
        max_iteration_per_job=10,
        pool_period_min=0.03,
        save_top_k_tasks_only=None,
    )
    optimizer.set_report_period(0.03)
    optimizer.start_locally()
    optimizer.wait(timeout=4.0)
    top = optimizer.get_top_experiments(top_k=2)
    facts["top"] = [task.id for task in top]
    facts["all"] = [e["task_id"] for e in optimizer.get_top_experiments_details(top_k=10)]
    optimizer.stop()
    Task.current_task().close()


def check(raw, facts):
    jobs = [raw.task(task_id) for task_id in facts["all"]]
    raw.true("several runs", len(jobs) >= 2)
    values = []
    for job in jobs:
        raw.same("parent", job["parent"], facts["optimizer"])
        raw.true("ended", job["status"] in ("completed", "stopped"))
        x = float(raw.param(job, "General", "x"))
        last = raw.last_metrics(job)[("objective", "value")]["value"]
        raw.near("objective of its own parameter", last, (x - 3) ** 2 + 0.5, 1e-4)
        values.append(last)
    raw.same("the best first", facts["top"][0], facts["all"][values.index(min(values))])
    raw.same("optimizer", raw.task(facts["optimizer"])["status"], "completed")
    raw.has("its summary", [p["metric"] for p in raw.plots(facts["optimizer"])], "summary")
