# SPDX-License-Identifier: Apache-2.0
"""Forked workers report into the task of their parent."""

NEEDS = {"timeout": 120}


def _worker(number):
    from clearml import Task

    logger = Task.current_task().get_logger()
    for iteration in range(3):
        logger.report_scalar("loss", f"worker {number}", number + iteration, iteration)
    print(f"worker {number} speaks")
    Task.current_task().flush(wait_for_uploads=True)


def client(facts):
    import multiprocessing

    from clearml import Task

    task = Task.init(project_name="compat/subprocess", task_name="forks",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_worker, args=(n,)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    task.flush(wait_for_uploads=True)
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("status", task["status"], "completed")
    for number in range(2):
        x, y = raw.scalar(task["id"], "loss", f"worker {number}")
        raw.same("iterations", x, [0, 1, 2])
        raw.near("values", y, [number, number + 1, number + 2])
        raw.has("console", raw.log(task["id"]), f"worker {number} speaks")
