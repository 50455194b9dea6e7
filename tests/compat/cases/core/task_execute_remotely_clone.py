# SPDX-License-Identifier: Apache-2.0
"""task.execute_remotely(clone=True, exit_process=False): a copy is queued, this run goes on."""


def client(facts):
    from clearml import Task
    from clearml.backend_api.session.client import APIClient

    APIClient().queues.create(name="compat-remote-clone")
    task = Task.init(project_name="compat/remote", task_name="goes on here",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    sent = task.execute_remotely(queue_name="compat-remote-clone", clone=True, exit_process=False)
    facts["sent"] = sent.id
    task.get_logger().report_scalar("loss", "train", 1.0, 0)
    task.close()


def check(raw, facts):
    raw.same("the copy", raw.task(facts["sent"])["status"], "queued")
    raw.same("this run", raw.task(facts["task"])["status"], "completed")
    queue = raw.queue("compat-remote-clone")
    raw.same("entries", [e["task"] for e in queue["entries"]], [facts["sent"]])
