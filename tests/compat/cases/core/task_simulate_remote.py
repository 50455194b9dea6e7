# SPDX-License-Identifier: Apache-2.0
"""Running as an agent would: parameters and configurations come from the server, not from the
code."""

NEEDS = {"steps": ["client", "remote"], "quick": True}


def _body(facts, prefix):
    import argparse
    import sys

    from clearml import Task

    sys.argv = sys.argv[:1]
    task = Task.init(
        project_name="compat/simulate",
        task_name="template",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--names", nargs="+", default=["a"])
    arguments = parser.parse_args()
    general = task.connect({"depth": 2, "deep": {"er": True}, "none": None})
    net = task.connect_configuration({"layers": 1}, name="net")
    facts[prefix] = {
        "id": task.id,
        "lr": arguments.lr,
        "names": arguments.names,
        "depth": general["depth"],
        "er": general["deep"]["er"],
        "layers": net["layers"],
    }
    task.close()
    return task


def client(facts):
    from clearml import Task

    task = _body(facts, "local")
    copy = Task.clone(source_task=task.id, name="changed")
    copy.set_parameters(
        {"Args/lr": 0.5, "Args/names": ["x", "y"], "General/depth": 9, "General/deep/er": False}
    )
    copy.set_configuration_object("net", config_dict={"layers": 5})
    facts["copy"] = copy.id


def remote(facts):
    from clearml import Task

    Task.debug_simulate_remote_task(task_id=facts["copy"])
    _body(facts, "remote")


def check(raw, facts):
    raw.same("task", facts["remote"]["id"], facts["copy"])
    raw.same("lr", facts["remote"]["lr"], 0.5)
    raw.same("names", facts["remote"]["names"], ["x", "y"])
    raw.same("depth", facts["remote"]["depth"], 9)
    raw.same("nested", facts["remote"]["er"], False)
    raw.same("layers", facts["remote"]["layers"], 5)
    raw.same("local", (facts["local"]["lr"], facts["local"]["depth"]), (0.1, 2))
    raw.same("status", raw.task(facts["copy"])["status"], "completed")
    raw.same("stored", raw.param(raw.task(facts["copy"]), "Args", "lr"), "0.5")
