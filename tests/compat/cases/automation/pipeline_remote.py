# SPDX-License-Identifier: Apache-2.0
"""A pipeline sent to a queue whole: one agent runs the controller, another one the steps."""

NEEDS = {"sdk": ["2.1"], "timeout": 400,
         "agent": [{"queues": ["services"]}, {"queues": ["compat-remote-steps"]}]}

SCRIPT = '''
from clearml import PipelineController


def square(number):
    return int(number) * int(number)


if __name__ == "__main__":
    pipe = PipelineController(name="far away", project="compat/pipelines", version="1.0")
    pipe.set_default_execution_queue("compat-remote-steps")
    pipe.add_parameter("number", 7)
    pipe.add_function_step(name="square", function=square, packages=["clearml"],
                           function_kwargs={"number": "${pipeline.number}"},
                           function_return=["squared"])
    pipe.start(queue="services")
'''


def client(facts):
    import subprocess
    import sys
    import time

    from clearml import Task
    from clearml.backend_api import Session

    with open("far_away.py", "w") as file:
        file.write(SCRIPT)
    subprocess.run([sys.executable, "far_away.py"], timeout=120)
    found = Session().send_request("tasks", "get_all", json={
        "name": "^far away", "type": ["controller"], "search_hidden": True})
    facts["controller"] = found.json()["data"]["tasks"][0]["id"]
    task = Task.get_task(task_id=facts["controller"])
    for _ in range(500):
        if task.get_status() in ("completed", "failed"):
            break
        time.sleep(0.5)


def check(raw, facts):
    controller = raw.task(facts["controller"])
    if controller["status"] != "completed":
        print(raw.log(controller["id"])[-3000:])
    raw.same("controller", controller["status"], "completed")
    raw.same("run by", controller["last_worker"], "compat:pipeline_remote-0")
    steps = raw.call("tasks.get_all", parent=[controller["id"]], search_hidden=True)["tasks"]
    raw.same("steps", len(steps), 1)
    step = raw.task(steps[0]["id"])
    raw.same("step", step["status"], "completed")
    raw.same("step run by", step["last_worker"], "compat:pipeline_remote-1")
    raw.same("its result", raw.param(step, "return", "squared"), "49")
