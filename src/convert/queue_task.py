# SPDX-License-Identifier: Apache-2.0
"""Convert a network on this machine as the task says, and report to it. An agent runs this."""

import os
import re
import shutil
import subprocess
import sys
import tempfile


def furrow_words(task, folder):
    """The command that the task describes; what it names is fetched first."""
    from clearml import Dataset, Model, StorageManager

    said = {}
    for name, value in (task.get_parameters() or {}).items():
        section, _, key = name.partition("/")
        if section == "Convert":
            said[key] = value
    model = said["model"]
    if re.fullmatch("[0-9a-f]{32}", model):
        model = Model(model_id=model).get_local_copy(raise_on_error=True)
    else:
        model = StorageManager.get_local_copy(model)
    if not model or not os.path.isfile(model):
        raise RuntimeError("the model " + said["model"] + " cannot be fetched as one file")
    data = Dataset.get(dataset_id=said["dataset"]).get_local_copy()
    words = ["convert", model, "--data", data, "--target", said["target"]]
    for name in ("boom", "policy"):
        text = task.get_configuration_object(name)
        if text:
            path = os.path.join(folder, name + ".toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            words += ["--" + name, path]
    for name in ("method", "area-min", "threads"):
        if said.get(name):
            words += ["--" + name, said[name]]
    if said["target"] == "onnxruntime-int8":
        words += ["--python", sys.executable]
    return words + ["--out", os.path.join(folder, "proof"), "--task", task.id]


def run(task, folder):
    """(exit status, the last line that it said on standard error)"""
    furrow = os.environ.get("FURROW_PROGRAM") or shutil.which("furrow")
    if not furrow:
        return 1, (
            "there is no program `furrow` in the agent's PATH on "
            + os.uname().nodename
            + ": install it there, or name it in FURROW_PROGRAM"
        )
    words = furrow_words(task, folder)
    environment = dict(
        os.environ,
        CLEARML_API_HOST=task.session.host,
        CLEARML_FILES_HOST=task.session.get_files_server_host(),
        CLEARML_API_ACCESS_KEY=task.session.access_key,
        CLEARML_API_SECRET_KEY=task.session.secret_key,
    )
    print("furrow", *words, flush=True)
    last = ""
    process = subprocess.Popen(
        [furrow, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    for line in process.stderr:
        print(line, end="", file=sys.stderr, flush=True)
        last = line.strip() or last
    return process.wait(), re.sub("^furrow convert: ", "", last)


def main():
    from clearml import Task

    # The agent tells the end of this program; Task.init would do so as well.
    task = Task.get_task(task_id=os.environ["CLEARML_TASK_ID"])
    with tempfile.TemporaryDirectory(prefix="furrow-convert-") as folder:
        try:
            status, last = run(task, folder)
        except Exception as error:  # whatever it is, the task says so
            status, last = 1, str(error) or repr(error)
    if status != 0:
        print(last, file=sys.stderr, flush=True)
        task.mark_failed(status_reason=last, status_message=last, force=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
