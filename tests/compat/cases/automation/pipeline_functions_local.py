# SPDX-License-Identifier: Apache-2.0
"""A pipeline of functions, controller and steps on this machine: order, values passed,
artifacts."""

NEEDS = {"sdk": ["2.1"], "timeout": 240}


def make(start):
    start = int(start)
    return [start, start + 1, start + 2]


def total(values):
    print("adding", values)
    return sum(values)


def client(facts):
    from clearml import PipelineController

    pipe = PipelineController(
        name="sums", project="compat/pipelines", version="1.0", add_pipeline_tags=True
    )
    pipe.add_parameter("start", 5, description="the first number")
    pipe.add_function_step(
        name="make",
        function=make,
        function_kwargs={"start": "${pipeline.start}"},
        function_return=["values"],
        packages=[],
    )
    pipe.add_function_step(
        name="total",
        function=total,
        function_kwargs={"values": "${make.values}"},
        function_return=["sum"],
        packages=[],
        parents=["make"],
    )
    facts["controller"] = pipe.id
    pipe.start_locally(run_pipeline_steps_locally=True)
    facts["ok"] = pipe.is_successful()
    facts["steps"] = {name: node.executed for name, node in pipe.get_processed_nodes().items()}
    pipe.stop()


def check(raw, facts):
    raw.true("successful", facts["ok"])
    controller = raw.task(facts["controller"])
    raw.same("type", controller["type"], "controller")
    raw.has("system_tags", controller["system_tags"], "pipeline")
    raw.same("status", controller["status"], "completed")
    raw.same(
        "project", raw.project(controller["project"])["name"], "compat/pipelines/.pipelines/sums"
    )
    raw.has("configuration", controller["configuration"], "Pipeline")
    raw.same("parameter", raw.param(controller, "Args", "start"), "5")
    steps = facts["steps"]
    raw.same("steps", sorted(steps), ["make", "total"])
    for name, task_id in steps.items():
        step = raw.task(task_id)
        raw.same(f"status of {name}", step["status"], "completed")
        raw.same(f"parent of {name}", step["parent"], facts["controller"])
    values = raw.artifacts(raw.task(steps["make"]))["values"]
    raw.true("the bytes of the values", len(raw.file(values["uri"])) > 3)
    raw.same("the sum", raw.param(raw.task(steps["total"]), "return", "sum"), "18")
    raw.has("console of a step", raw.log(steps["total"]), "adding [5, 6, 7]")
