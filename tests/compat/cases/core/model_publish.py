# SPDX-License-Identifier: Apache-2.0
"""Publishing: a model alone, and a task together with its model."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Model, OutputModel, Task

    task = Task.init(project_name="compat/publish", task_name="publishes",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    first = OutputModel(task=task, name="first")
    first.update_weights(register_uri="http://127.0.0.1:9/first.bin")
    second = OutputModel(task=task, name="second")
    second.update_weights(register_uri="http://127.0.0.1:9/second.bin")
    first.publish()
    facts["first"], facts["second"] = first.id, second.id
    task.close()
    facts["before"] = [Model(model_id=i).published for i in (first.id, second.id)]
    done = Task.get_task(task_id=task.id)
    done.publish()
    facts["after"] = [Model(model_id=i).published for i in (first.id, second.id)]


def check(raw, facts):
    raw.same("before", facts["before"], [True, False])
    raw.same("after", facts["after"], [True, True])
    raw.same("task", raw.task(facts["task"])["status"], "published")
    raw.same("ready", raw.model(facts["first"])["ready"], True)
    error = raw.refused("models.set_ready", model=facts["first"])
    raw.same("twice", (error.code, error.subcode), (400, 203))
