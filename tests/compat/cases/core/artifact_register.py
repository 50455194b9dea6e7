# SPDX-License-Identifier: Apache-2.0
"""A registered data frame is watched and uploaded again when it changes."""

NEEDS = {"modules": ["pandas", "numpy"], "timeout": 120}


def client(facts):
    import pandas as pd
    from clearml import Task

    task = Task.init(project_name="compat/artifacts", task_name="registered",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    frame = pd.DataFrame({"plot": [1, 2], "yield": [3.0, 4.0]})
    task.register_artifact("yields", frame, metadata={"unit": "t/ha"})
    frame.loc[len(frame)] = [3, 5.0]
    task.close()
    facts["rows"] = len(Task.get_task(task_id=task.id).artifacts["yields"].get())


def check(raw, facts):
    artifact = raw.artifacts(raw.task(facts["task"]))["yields"]
    raw.same("rows", facts["rows"], 3)
    raw.true("bytes", len(raw.file(artifact["uri"])) > 10)
