# SPDX-License-Identifier: Apache-2.0
"""Console: print, stderr, logging, report_text with levels, long lines, unicode; read back in
order."""

NEEDS = {"quick": True}


def client(facts):
    import logging
    import sys

    from clearml import Task

    task = Task.init(
        project_name="compat/console",
        task_name="text",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    print("printed first")
    print("to stderr", file=sys.stderr)
    logging.getLogger("field").error("through logging")
    logger = task.get_logger()
    logger.report_text("reported as a warning", level=logging.WARNING)
    logger.report_text("silent report", print_console=False)
    print("Grüße, 作物, 🌱")
    print("x" * 20000)
    print("carriage\rreturn")
    for number in range(200):
        print(f"line {number:03}")
    task.close()
    reports = Task.get_task(task_id=task.id).get_reported_console_output(number_of_reports=50)
    facts["reports"] = "\n".join(reports)


def check(raw, facts):
    log = raw.log(facts["task"])
    raw.has(
        "console",
        log,
        "printed first",
        "to stderr",
        "through logging",
        "reported as a warning",
        "silent report",
        "Grüße, 作物, 🌱",
        "x" * 20000,
    )
    numbered = [line for line in log.splitlines() if line.startswith("line ")]
    raw.same("order", numbered, [f"line {number:03}" for number in range(200)])
    raw.has("read by the client", facts["reports"], "line 199", "printed first")
    page = raw.call("events.get_task_log", task=facts["task"], batch_size=5000, order="asc")
    raw.same(
        "levels",
        {e["level"] for e in page["events"]} >= {"info", "warn"}
        or {e["level"] for e in page["events"]} >= {"info", "warning"},
        True,
    )
    raw.same("total", page["total"], len(page["events"]))
    raw.same(
        "sorted",
        [e["timestamp"] for e in page["events"]],
        sorted(e["timestamp"] for e in page["events"]),
    )
