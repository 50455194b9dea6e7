# SPDX-License-Identifier: Apache-2.0
"""One run, with its model and its place in a queue, that has something to say to every endpoint
that reads."""

import json

NAME = "sample of everything"
# Where the SDK reports a value that has no iteration.
SINGLE = -(1 << 31)
LAB_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def fill(reader):
    """Makes it, of the user who asks afterwards; the run's id."""
    reader.call("users.set_preferences", preferences={"theme": "dark"})
    project = reader.call("projects.create", name="Load/sample", description="d",
                          tags=["field"])["id"]
    parent = reader.call("tasks.create", name="its parent", type="training", project=project)["id"]
    queue = reader.call("queues.create", name="load queue")["id"]
    reader.call("tasks.enqueue", task=parent, queue=queue)
    task = reader.call(
        "tasks.create", name=NAME, type="training", project=project, parent=parent,
        tags=["sample"], system_tags=["development"],
        hyperparams={"Args": {"lr": {"section": "Args", "name": "lr", "value": "0.1",
                                     "type": "float"}}},
        configuration={"net": {"name": "net", "value": "a: 1\n", "type": "yaml"}})["id"]
    reader.call("tasks.started", task=task)
    common = {"task": task, "timestamp": 1_700_000_000_000}
    for event in [
            {"type": "training_stats_scalar", "metric": "loss", "variant": "train", "iter": i,
             "value": 1 / (i + 1)} for i in range(30)] + [
            {"type": "training_stats_scalar", "metric": "Summary", "variant": "f1",
             "iter": SINGLE, "value": 0.5},
            {"type": "training_stats_vector", "metric": "weights", "variant": "w", "iter": 1,
             "values": [1.5, 2.5]},
            {"type": "plot", "metric": "roc", "variant": "auc", "iter": 1,
             "plot_str": json.dumps({"data": [1]})},
            {"type": "training_debug_image", "metric": "debug", "variant": "image", "iter": 1,
             "url": "http://elsewhere/x.png", "key": "k"},
            {"type": "log", "level": "info", "msg": "a line"}]:
        reader.call("events.add", **event, **common)
    model = reader.call("models.create", name="net", uri="http://elsewhere/net.pt", project=project,
                        framework="PyTorch", task=task, tags=["sample"])["id"]
    reader.call("models.add_or_update_metadata", model=model,
                metadata=[{"key": "x", "type": "int", "value": "640"}])
    reader.call("tasks.add_or_update_model", task=task, name="net", model=model, type="output",
                iteration=29)
    reader.call("fleet.add_key", name="lab", public_key=LAB_KEY)
    reader.call("fleet.create_token", tractor="T1")
    reader.refused("releases.create", name="none", bundle="/bundles/none.bundle",
                   rings=[{"name": "first", "tractors": ["T1"]}])  # which is on record
    return task
