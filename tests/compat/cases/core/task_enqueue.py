# SPDX-License-Identifier: Apache-2.0
"""Enqueue by name and by id, the order in the queue, dequeue, a queue that is made on the way."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task
    from clearml.backend_api import Session
    from clearml.backend_api.session.client import APIClient

    APIClient().queues.create(name="compat-enqueue")
    ids = []
    for name in ("first", "second", "third"):
        task = Task.create(project_name="compat/enqueue", task_name=name)
        ids.append(task.id)
        Task.enqueue(task, queue_name="compat-enqueue")
    facts["tasks"] = ids
    facts["queued"] = Task.get_num_enqueued_tasks(queue_name="compat-enqueue")
    facts["status"] = Task.get_task(task_id=ids[0]).status
    Task.dequeue(ids[1])
    made = Task.create(project_name="compat/enqueue", task_name="fourth")
    Session().send_request("tasks", "enqueue", json={
        "task": made.id, "queue_name": "compat-made-on-the-way"})
    facts["made"] = made.id


def check(raw, facts):
    first, second, third = facts["tasks"]
    queue = raw.queue("compat-enqueue")
    raw.same("entries", [e["task"] for e in queue["entries"]], [first, third])
    raw.same("count by the client", facts["queued"], 3)
    raw.same("status read", facts["status"], "queued")
    raw.same("dequeued", raw.task(second)["status"], "created")
    raw.same("queued", raw.task(first)["status"], "queued")
    raw.same("execution.queue", raw.task(first)["execution"]["queue"], queue["id"])
    raw.same("number", raw.call("queues.get_num_entries", queue=queue["id"])["num"], 2)
    made = raw.queue("compat-made-on-the-way")
    raw.true("the queue was made", made is not None)
    raw.same("its entries", [e["task"] for e in made["entries"]], [facts["made"]])
    again = raw.refused("tasks.enqueue", task=first, queue=queue["id"])
    raw.same("enqueued twice", (again.code, again.subcode), (400, 706))
