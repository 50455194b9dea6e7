# SPDX-License-Identifier: Apache-2.0
"""joblib.dump of a scikit-learn model makes an uploaded output model by itself."""

NEEDS = {"modules": ["sklearn", "joblib"], "timeout": 150}


def client(facts):
    import joblib
    from clearml import Task
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    task = Task.init(project_name="compat/framework", task_name="joblib", output_uri=True,
                     auto_resource_monitoring=False)
    facts["task"] = task.id
    joblib.dump(model, "classifier.pkl", compress=True)
    task.flush(wait_for_uploads=True)
    task.close()


def check(raw, facts):
    models = raw.task(facts["task"])["models"]
    raw.same("one output model", len(models["output"]), 1)
    stored = raw.model(models["output"][0]["model"])
    raw.true("uploaded", len(raw.file(stored["uri"])) > 100)
    raw.same("its task", stored["task"], facts["task"])
