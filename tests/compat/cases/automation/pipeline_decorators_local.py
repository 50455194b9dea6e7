# SPDX-License-Identifier: Apache-2.0
"""A pipeline written with decorators, run as local processes."""

NEEDS = {"sdk": ["2.1"], "timeout": 240}

SCRIPT = '''
from clearml import PipelineDecorator


@PipelineDecorator.component(return_values=["doubled"], cache=False, packages=[])
def double(value):
    return value * 2


@PipelineDecorator.component(return_values=["text"], cache=False, packages=[])
def describe(value):
    print("described", value)
    return "value %d" % value


@PipelineDecorator.pipeline(name="decorated", project="compat/pipelines", version="2.0")
def run(start=3):
    first = double(start)
    second = double(first)
    text = describe(second)
    print("the end:", text)
    return text


if __name__ == "__main__":
    PipelineDecorator.run_locally()
    run(start=4)
'''


def client(facts):
    import subprocess
    import sys

    from clearml import Task

    with open("decorated.py", "w") as file:
        file.write(SCRIPT)
    subprocess.run([sys.executable, "decorated.py"], check=True)
    controllers = Task.query_tasks(project_name="compat/pipelines/.pipelines/decorated",
                                   task_filter={"type": ["controller"], "search_hidden": True})
    facts["controllers"] = controllers
    facts["steps"] = Task.query_tasks(task_filter={"parent": controllers[0], "search_hidden": True,
                                                   "_allow_extra_fields_": True})


def check(raw, facts):
    raw.same("one controller", len(facts["controllers"]), 1)
    controller = raw.task(facts["controllers"][0])
    raw.same("status", controller["status"], "completed")
    raw.has("console", raw.log(controller["id"]), "the end: value 16")
    raw.same("steps", len(facts["steps"]), 3)
    for step in facts["steps"]:
        raw.same("status of a step", raw.task(step)["status"], "completed")
    raw.same("parameter", raw.param(controller, "Args", "start"), "4")
