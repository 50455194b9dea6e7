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

    with open("decorated.py", "w") as file:
        file.write(SCRIPT)
    subprocess.run([sys.executable, "decorated.py"], check=True)
    facts["exit"] = 0


def check(raw, facts):
    controllers = raw.tasks_in("compat/pipelines/.pipelines/decorated", type=["controller"])
    raw.same("one controller", len(controllers), 1)
    controller = raw.task(controllers[0]["id"])
    raw.same("status", controller["status"], "completed")
    raw.has("console", raw.log(controller["id"]), "the end: value 16")
    steps = raw.call("tasks.get_all", parent=[controller["id"]], search_hidden=True,
                     only_fields=["id", "status"])["tasks"]
    raw.same("steps", [step["status"] for step in steps], ["completed"] * 3)
    raw.same("parameter", raw.param(controller, "Args", "start"), "4")
