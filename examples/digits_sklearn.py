#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handwritten digits with a random forest: connected parameters, a table, a model.

Run it with the five CLEARML_* variables set:  python digits_sklearn.py
"""
import joblib
import pandas
from clearml import OutputModel, Task
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split


def main():
    task = Task.init("examples/digits", "random forest", reuse_last_task_id=False, output_uri=True,
                     auto_connect_frameworks=False)
    parameters = {"trees": 40, "depth": 10, "test_share": 0.25, "seed": 1}
    task.connect(parameters)
    logger = task.get_logger()

    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.data, digits.target, test_size=parameters["test_share"],
        random_state=parameters["seed"])
    # Grown a few trees at a time, so that there is a curve to see.
    forest = RandomForestClassifier(n_estimators=0, max_depth=parameters["depth"],
                                    warm_start=True, random_state=parameters["seed"])
    for trees in range(4, parameters["trees"] + 1, 4):
        forest.n_estimators = trees
        forest.fit(x_train, y_train)
        accuracy = accuracy_score(y_test, forest.predict(x_test))
        logger.report_scalar("accuracy", "test", value=accuracy, iteration=trees)
        print(f"{trees} trees: accuracy {accuracy:.4f}")

    logger.report_single_value("final accuracy", accuracy)
    matrix = confusion_matrix(y_test, forest.predict(x_test))
    logger.report_confusion_matrix("confusion", "test", matrix=matrix, iteration=trees,
                                   xaxis="predicted", yaxis="true")
    task.upload_artifact("confusion", pandas.DataFrame(matrix), wait_on_upload=True)

    joblib.dump(forest, "forest.joblib")
    model = OutputModel(task=task, name="digits forest", framework="ScikitLearn",
                        label_enumeration={str(n): n for n in range(10)})
    model.update_weights("forest.joblib", auto_delete_file=True)
    task.close()


if __name__ == "__main__":
    main()
