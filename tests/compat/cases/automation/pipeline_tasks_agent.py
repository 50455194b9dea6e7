# SPDX-License-Identifier: Apache-2.0
"""A pipeline of existing tasks: the controller here, each step cloned, queued and run by an
agent."""

NEEDS = {"sdk": ["2.1"], "agent": {"queues": ["compat-steps"]}, "timeout": 300}

STEP = """
from clearml import Task

task = Task.init(project_name="compat/pipelines", task_name="%s", auto_connect_frameworks=False)
values = task.connect({"number": 1})
task.get_logger().report_single_value("number", values["number"])
task.upload_artifact("number", {"number": int(values["number"])}, wait_on_upload=True)
"""


def client(facts):
    from clearml import PipelineController, Task

    for name in ("first", "second"):
        with open(f"{name}.py", "w") as file:
            file.write(STEP % f"template {name}")
        task = Task.create(
            project_name="compat/pipelines",
            task_name=f"template {name}",
            script=f"{name}.py",
            packages=["clearml"],
            add_task_init_call=False,
        )
        task.set_parameters({"General/number": 1})
        facts[name] = task.id
    pipe = PipelineController(name="of tasks", project="compat/pipelines", version="1.0")
    pipe.set_default_execution_queue("compat-steps")
    pipe.add_parameter("number", 20)
    pipe.add_step(
        name="one",
        base_task_id=facts["first"],
        parameter_override={"General/number": "${pipeline.number}"},
    )
    pipe.add_step(
        name="two",
        parents=["one"],
        base_task_project="compat/pipelines",
        base_task_name="template second",
        parameter_override={"General/number": "${one.parameters.General/number}"},
    )
    facts["controller"] = pipe.id
    pipe.start_locally()
    facts["ok"] = pipe.is_successful()
    facts["steps"] = {name: node.executed for name, node in pipe.get_processed_nodes().items()}


def check(raw, facts):
    raw.true("successful", facts["ok"])
    raw.same("steps", sorted(facts["steps"]), ["one", "two"])
    for name, task_id in facts["steps"].items():
        step = raw.task(task_id)
        raw.same(f"status of {name}", step["status"], "completed")
        raw.same(f"parameter of {name}", raw.param(step, "General", "number"), "20")
        raw.near(f"value of {name}", raw.single_values(task_id)[("Summary", "number")], 20)
        raw.true("run by the agent", step["last_worker"].startswith("compat:"))
    raw.same("the template is untouched", raw.task(facts["first"])["status"], "created")
    raw.same("controller", raw.task(facts["controller"])["status"], "completed")
