# SPDX-License-Identifier: Apache-2.0
"""Stands in for the base task of the SDK's search examples, which trains on downloaded digits: the
same name, parameters and metrics, with a formula in place of the network."""

from clearml import Task

task = Task.init(project_name="examples", task_name="Keras HP optimization base")
parameters = task.connect(
    {"batch_size": 128, "epochs": 6, "layer_1": 512, "layer_2": 512, "layer_3": 10, "layer_4": 512}
)
logger = task.get_logger()
width = (int(parameters["layer_1"]) + int(parameters["layer_2"])) / 1024
loss = 0.0
for epoch in range(int(parameters["epochs"])):
    loss = 0.05 + 1 / (1 + epoch) / (0.5 + width) + int(parameters["batch_size"]) / 10000
    logger.report_scalar("epoch_accuracy", "epoch_accuracy", 1 - loss / 2, epoch)
    logger.report_scalar("epoch_loss", "epoch_loss", loss, epoch)
logger.report_scalar("evaluate", "score", loss, int(parameters["epochs"]))
logger.report_scalar("evaluate", "accuracy", 1 - loss / 2, int(parameters["epochs"]))
