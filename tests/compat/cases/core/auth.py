# SPDX-License-Identifier: Apache-2.0
"""Wrong credentials are refused, a token is enough, and the session knows who it is."""

NEEDS = {"quick": True}


def client(facts):
    import os
    import subprocess
    import sys

    from clearml.backend_api import Session
    from clearml.backend_api.session.client import APIClient

    facts["tasks"] = len(APIClient().tasks.get_all(page_size=1)) <= 1
    session = Session()
    answer = session.send_request("users", "get_current_user").json()
    facts["user"] = answer["data"]["user"]["name"]
    facts["server_version"] = session.server_version
    facts["feature_set"] = session.feature_set
    facts["token"] = session.token
    bad = subprocess.run(
        [sys.executable, "-c", "from clearml import Task; Task.get_tasks(project_name='compat')"],
        env={**os.environ, "CLEARML_API_SECRET_KEY": "wrong"}, capture_output=True, text=True)
    facts["bad"] = bad.returncode
    facts["said"] = bad.stderr[-600:]
    env = {k: v for k, v in os.environ.items()
           if k not in ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")}
    good = subprocess.run(
        [sys.executable, "-c", "from clearml import Task; print(len(Task.get_tasks()) >= 0)"],
        env={**env, "CLEARML_AUTH_TOKEN": session.token}, capture_output=True, text=True)
    facts["by_token"] = good.stdout.strip()[-4:]


def check(raw, facts):
    raw.true("a user", facts["user"])
    raw.same("feature set", facts["feature_set"], "basic")
    raw.true("digits only", all(part.isdigit() for part in facts["server_version"].split(".")))
    raw.true("a wrong secret is refused", facts["bad"] != 0)
    raw.same("by token", facts["by_token"], "True")
