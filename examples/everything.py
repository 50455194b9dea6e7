#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One run that reports everything a run can: scalars, plots, figures, tables, images, text,
artifacts of every kind, a configuration and an output model, on the handwritten digits."""
import argparse
import json
import logging
import pathlib
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas
from clearml import OutputModel, Task
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--c", type=float, default=0.1, help="inverse strength of regularisation")
    task = Task.init("examples/digits", "everything", reuse_last_task_id=False, output_uri=True,
                     tags=["example", "digits"])
    args = parser.parse_args()
    logger = task.get_logger()
    task.connect({"crop": "maize", "weeds": ["chenopodium", "amaranthus"]}, name="Field")
    task.connect_configuration({"optimiser": {"name": "lbfgs", "tolerance": 1e-3}},
                               name="optimiser")
    task.set_user_properties(operator="demo")
    logging.warning("a line through Python's logging")

    digits = load_digits()
    x, y = digits.data / 16.0, digits.target
    model = LogisticRegression(C=args.c, max_iter=1, warm_start=True)
    for step in range(args.steps):
        model.max_iter = step + 1
        model.fit(x[:1300], y[:1300])
        logger.report_scalar("accuracy", "train", model.score(x[:1300], y[:1300]), step)
        logger.report_scalar("accuracy", "test", model.score(x[1300:], y[1300:]), step)
    logger.report_single_value("test accuracy", model.score(x[1300:], y[1300:]))

    logger.report_histogram("digits", "count", np.bincount(y), iteration=0, xaxis="digit")
    logger.report_vector("weights", "digit 0", model.coef_[0], iteration=0)
    logger.report_table("share", "by digit", iteration=0,
                        table_plot=pandas.DataFrame({"digit": range(10), "n": np.bincount(y)}))
    logger.report_surface("weights", "surface", model.coef_, iteration=0)
    logger.report_scatter2d("pixels", "first two", x[:200, 2:4], iteration=0)
    logger.report_image("samples", "first", iteration=0,
                        image=np.uint8(np.kron(digits.images[0] * 15, np.ones((8, 8)))))
    figure = plt.figure()
    plt.imshow(digits.images[1], cmap="gray")
    plt.title("a one")
    logger.report_matplotlib_figure("figure", "one", figure, iteration=0)
    plt.close(figure)
    logger.report_text("text reported through the logger")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "notes.txt").write_text("sown in April\n")
        (folder / "plan.json").write_text(json.dumps({"rows": 24}))
        artifacts = {
            "dictionary": {"rows": 24, "pitch_m": 0.5},
            "array": model.coef_,
            "frame": pandas.DataFrame(x[:5]),
            "picture": Image.fromarray(np.uint8(digits.images[2] * 15)),
            "file": folder / "notes.txt",
            "folder": folder,
            "text": "a text artifact",
            "list": [1, 2, 3],
        }
        for name, value in artifacts.items():
            task.upload_artifact(name, value, wait_on_upload=True)
        weights = folder / "weights.npy"
        np.save(weights, model.coef_)
        output = OutputModel(task=task, name="digits logistic", framework="Custom")
        output.update_weights(str(weights), auto_delete_file=False)
    print("reported everything")
    task.close()


if __name__ == "__main__":
    main()
