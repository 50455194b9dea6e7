# SPDX-License-Identifier: Apache-2.0
"""argparse is recorded by itself: given, default, boolean, list and sub-command arguments."""

NEEDS = {"quick": True}


def client(facts):
    import argparse
    import sys

    from clearml import Task

    sys.argv = [
        sys.argv[0],
        "--lr",
        "0.25",
        "--sizes",
        "3",
        "5",
        "--verbose",
        "fit",
        "--steps",
        "9",
    ]
    task = Task.init(
        project_name="compat/argparse",
        task_name="arguments",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1, help="the learning rate")
    parser.add_argument("--epochs", type=int, default=11)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--absent")
    commands = parser.add_subparsers(dest="command")
    fit = commands.add_parser("fit")
    fit.add_argument("--steps", type=int, default=1)
    arguments = parser.parse_args()
    facts["lr"] = arguments.lr
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    for name, text in (
        ("lr", "0.25"),
        ("epochs", "11"),
        ("verbose", "True"),
        ("sizes", "[3, 5]"),
        ("absent", ""),
    ):
        raw.same(name, raw.param(task, "Args", name), text)
    raw.has("sub-command", raw.param(task, "Args", "command"), "fit")
    raw.same("help", task["hyperparams"]["Args"]["lr"]["description"], "the learning rate")
    raw.same("client went on", facts["lr"], 0.25)
