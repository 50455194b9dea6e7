# SPDX-License-Identifier: Apache-2.0
"""APIClient: every service object of the client answers, and its objects carry their fields."""

NEEDS = {"sdk": ["2.1"], "timeout": 120}


def client(facts):
    from clearml.backend_api.services import events
    from clearml.backend_api.session.client import APIClient

    client = APIClient()
    project = client.projects.create(name="compat/apiclient", description="by hand")
    facts["project"] = project.id
    task = client.tasks.create(name="by the client", type="testing", project=project.id,
                               tags=["one"])
    facts["task"] = task.id
    client.tasks.edit(task=task.id, hyperparams={"Args": {"lr": {
        "section": "Args", "name": "lr", "value": "0.1"}}}, force=True)
    queue = client.queues.create(name="compat-apiclient", tags=["t"])
    facts["queue"] = queue.id
    client.tasks.enqueue(task=task.id, queue=queue.id)
    facts["position"] = client.queues.get_num_entries(queue=queue.id).num
    client.queues.remove_task(queue=queue.id, task=task.id)
    client.tasks.started(task=task.id, force=True)
    client.tasks.ping(task=task.id)
    client.events.add(event=events.MetricsScalarEvent(task=task.id, metric="m", variant="v", iter=1,
                                                      value=2.5))
    client.tasks.completed(task=task.id)
    facts["listed"] = [t.name for t in client.tasks.get_all(project=[project.id])]
    facts["one"] = client.tasks.get_by_id(task=task.id).name
    facts["queues"] = [q.name for q in client.queues.get_all(name="^compat-apiclient$")]
    facts["default"] = client.queues.get_default().name
    model = client.models.create(name="by the client", uri="http://127.0.0.1:9/x", labels={"a": 1})
    facts["model"] = model.id
    facts["models"] = [m.id for m in client.models.get_all(id=[model.id])]
    facts["workers"] = len(client.workers.get_all())
    try:
        client.tasks.get_by_id(task="0" * 32)
    except Exception as error:
        facts["error"] = str(error)


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "completed")
    raw.same("lr", raw.param(task, "Args", "lr"), "0.1")
    raw.near("scalar", raw.scalar(task["id"], "m", "v")[1], [2.5])
    raw.same("listed", facts["listed"], ["by the client"])
    raw.same("one", facts["one"], "by the client")
    raw.same("position", facts["position"], 1)
    raw.same("queues", facts["queues"], ["compat-apiclient"])
    raw.same("default", facts["default"], "default")
    raw.same("models", facts["models"], [facts["model"]])
    raw.has("error", facts["error"], "400/101")
    raw.same("no task left in the queue", raw.queue("compat-apiclient")["entries"], [])
