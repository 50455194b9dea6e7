# SPDX-License-Identifier: Apache-2.0
"""TriggerScheduler: a published model, a tagged task and a data set set tasks going."""

NEEDS = {"sdk": ["2.1"], "timeout": 200}

SCRIPT = '''
import sys
from clearml.automation import TriggerScheduler


def called(task_id):
    with open("called", "a") as file:
        file.write(task_id + "\\n")


trigger = TriggerScheduler(pooling_frequency_minutes=0.03, sync_frequency_minutes=1,
                           force_create_task_project="compat/triggers",
                           force_create_task_name="triggers")
trigger.add_model_trigger(name="published model", schedule_task_id=sys.argv[1],
                          schedule_queue="compat-triggered", trigger_project="compat/triggers",
                          trigger_on_publish=True,
                          task_parameters={"General/model": "${model.id}"})
trigger.add_task_trigger(name="tagged task", schedule_function=called,
                         trigger_project="compat/triggers", trigger_on_tags=["go"])
trigger.add_dataset_trigger(name="tagged data", schedule_function=called,
                            trigger_project="compat/triggers", trigger_on_tags=["ready"])
print("armed", flush=True)
open("armed", "w").close()
trigger.start()
'''


def client(facts):
    import os
    import subprocess
    import sys
    import time

    from clearml import Dataset, InputModel, Model, Task
    from clearml.backend_api.session.client import APIClient

    queue = APIClient().queues.create(name="compat-triggered")
    template = Task.create(project_name="compat/triggers", task_name="template")
    tagged = Task.create(project_name="compat/triggers", task_name="tagged")
    data = Dataset.create(dataset_name="triggering", dataset_project="compat/triggers")
    with open("row.txt", "w") as file:
        file.write("1")
    data.add_files("row.txt")
    data.upload(show_progress=False)
    data.finalize()
    model = InputModel.import_model(weights_url="http://127.0.0.1:9/trigger.bin", name="triggering",
                                    project="compat/triggers")
    facts["template"], facts["tagged"] = template.id, tagged.id
    facts["model"], facts["dataset"] = model.id, data.id
    with open("triggers.py", "w") as file:
        file.write(SCRIPT)
    child = subprocess.Popen([sys.executable, "triggers.py", template.id])
    try:
        for _ in range(200):
            if os.path.exists("armed"):
                break
            time.sleep(0.2)
        time.sleep(6)
        Model(model_id=model.id).publish()
        tagged.add_tags(["go"])
        data.add_tags(["ready"])
        for _ in range(160):
            calls = open("called").read().split() if os.path.exists("called") else []
            if len(set(calls)) >= 2 and Task.get_num_enqueued_tasks(queue_id=queue.id):
                break
            time.sleep(0.5)
    finally:
        child.kill()
        child.wait()
    facts["calls"] = open("called").read().split() if os.path.exists("called") else []


def check(raw, facts):
    raw.has("called for", facts["calls"], facts["tagged"], facts["dataset"])
    entries = raw.queue("compat-triggered")["entries"]
    raw.same("one entry", len(entries), 1)
    clone = raw.task(entries[0]["task"])
    raw.same("a clone", clone["parent"], facts["template"])
    raw.same("the model is passed on", raw.param(clone, "General", "model"), facts["model"])
