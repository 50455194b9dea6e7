# SPDX-License-Identifier: Apache-2.0
"""A small run with the official SDK; prints its id. Started with CLEARML_* set."""
import faulthandler
import os
import tempfile

# Whoever waits in vain wants to know for what.
faulthandler.dump_traceback_later(150)

os.environ["CLEARML_CONFIG_FILE"] = os.path.join(tempfile.mkdtemp(), "none.conf")

from clearml import Task  # noqa: E402

task = Task.init(project_name="Install", task_name="first run",
                 auto_connect_frameworks=False, auto_connect_arg_parser=False,
                 auto_resource_monitoring=False)
task.connect({"lr": 0.1})
logger = task.get_logger()
for i in range(20):
    logger.report_scalar("loss", "train", value=1.0 / (i + 1), iteration=i)
logger.report_text("hello from the SDK")
task.upload_artifact("numbers", artifact_object={"a": list(range(100))}, wait_on_upload=True)
task.close()
print("RUN", task.id)
