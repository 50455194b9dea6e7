# SPDX-License-Identifier: Apache-2.0
"""The clearml-serving command line: a service, an endpoint with its model, canary, metrics,
removal."""

NEEDS = {
    "sdk": ["2.1"],
    "modules": ["clearml_serving"],
    "programs": ["clearml-serving"],
    "timeout": 240,
}


def client(facts):
    import re
    import subprocess

    def serving(*arguments):
        done = subprocess.run(
            ["clearml-serving", "--yes", *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        print("$ clearml-serving", *arguments, "->", done.returncode)
        print(done.stdout, done.stderr)
        if done.returncode:
            raise SystemExit("clearml-serving failed")
        return done.stdout

    with open("model.pkl", "wb") as file:
        file.write(b"not really a model")
    with open("preprocess.py", "w") as file:
        file.write("class Preprocess(object):\n    pass\n")
    created = serving("create", "--name", "field service", "--project", "compat/serving")
    service = re.search(r"id=([0-9a-f]{32})", created).group(1)
    facts["service"] = service
    uploaded = serving(
        "--id",
        service,
        "model",
        "upload",
        "--name",
        "weeds",
        "--project",
        "compat/serving",
        "--framework",
        "scikitlearn",
        "--path",
        "model.pkl",
        "--publish",
    )
    facts["model"] = re.search(r"ID=([0-9a-f]{32})", uploaded).group(1)
    serving(
        "--id",
        service,
        "model",
        "add",
        "--engine",
        "sklearn",
        "--endpoint",
        "weeds",
        "--preprocess",
        "preprocess.py",
        "--name",
        "weeds",
        "--project",
        "compat/serving",
    )
    serving(
        "--id",
        service,
        "model",
        "canary",
        "--endpoint",
        "canary",
        "--weights",
        "0.3",
        "0.7",
        "--input-endpoints",
        "weeds/1",
        "weeds/2",
    )
    serving(
        "--id", service, "metrics", "add", "--endpoint", "weeds", "--variable-scalar", "x0=0,0.5,1"
    )
    facts["models"] = serving("--id", service, "model", "list")
    facts["metrics"] = serving("--id", service, "metrics", "list")
    facts["services"] = serving("list")
    serving("--id", service, "model", "remove", "--endpoint", "canary")
    facts["after"] = serving("--id", service, "model", "list")


def check(raw, facts):
    service = raw.task(facts["service"])
    raw.same("type", service["type"], "service")
    raw.same("project", raw.project(service["project"])["name"], "compat/serving")
    raw.has("configuration", service["configuration"], "endpoints", "canary", "metric_logging")
    raw.has("endpoint", service["configuration"]["endpoints"]["value"], facts["model"])
    raw.has("artifacts", raw.artifacts(service), "py_code_weeds")
    model = raw.model(facts["model"])
    raw.same("published", model["ready"], True)
    raw.same("its file", raw.file(model["uri"]), b"not really a model")
    raw.has("models", facts["models"], '"serving_url": "weeds"', "canary")
    raw.has("metrics", facts["metrics"], "x0")
    raw.has("services", facts["services"], facts["service"])
    raw.lacks("after removal", facts["after"], '"endpoint": "canary"')
