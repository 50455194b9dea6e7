#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""up.py FURROW DATA [SERVER OPTIONS]: runs the server, says how an SDK reaches it, stops it.

The server writes DATA/server.json with its pid and URLs at each start, and DATA/bootstrap.json with
the first administrator's credentials at the first. What it says on its first start would be said
here once more, so only its log is shown.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

START_SECONDS_MAX = 120

CONF = """# Written by ./x up; copy it to ~/clearml.conf or point CLEARML_CONFIG_FILE at it.
api {{
    api_server: "{api}"
    web_server: "{web}"
    files_server: "{files}"
    credentials {{
        "access_key" = "{access_key}"
        "secret_key" = "{secret_key}"
    }}
}}
"""


def read_json(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def wait_for_urls(server, data):
    """server.json of this very process, or None when it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while server.poll() is None and time.monotonic() < deadline:
        said = read_json(data / "server.json")
        if said and said.get("pid") == server.pid:
            return said
        time.sleep(0.05)
    return None


def write_private(path, text):
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    scratch.rename(path)


def explain(urls, data, first):
    reach = {key: urls[key].rstrip("/") for key in ("api", "web", "files")}
    boot = read_json(data / "bootstrap.json") or {}
    keys = boot.get("credentials")
    print(f"\nFurrow is running: {reach['web']}")
    if first and "admin" in boot:
        print("First start: an administrator was made. This is shown once.\n"
              f"  user     {boot['admin']['name']}\n  password {boot['admin']['password']}")
    print("\nFor the ClearML SDK and agent, in any shell:\n")
    print(f"  export CLEARML_API_HOST={reach['api']}")
    print(f"  export CLEARML_WEB_HOST={reach['web']}")
    print(f"  export CLEARML_FILES_HOST={reach['files']}")
    if keys:
        print(f"  export CLEARML_API_ACCESS_KEY={keys['access_key']}")
        print(f"  export CLEARML_API_SECRET_KEY={keys['secret_key']}")
        write_private(data / "clearml.conf", CONF.format(**reach, **keys))
        print(f"\nor: cp {data}/clearml.conf ~/clearml.conf")
    else:
        print("  export CLEARML_API_ACCESS_KEY=...   # of a user: furrow user add --help")
        print("  export CLEARML_API_SECRET_KEY=...")
    print("\nCtrl-C stops the server.", flush=True)


def main(program, folder, *options):
    data = Path(folder)
    first = not (data / "bootstrap.json").exists()
    # A process group of its own: Ctrl-C reaches us alone, and the server gets one SIGTERM.
    # Should we be killed outright, the kernel sends it that signal.
    server = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", program, "server", "--data", folder, *options],
        start_new_session=True, stdout=subprocess.DEVNULL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: server.poll() is None and server.terminate())
    urls = wait_for_urls(server, data)
    if urls:
        explain(urls, data, first)
    elif server.poll() is None:
        print(f"x: no {data}/server.json after {START_SECONDS_MAX} s; stopping", file=sys.stderr)
        server.terminate()
        server.wait()
        return 1
    status = server.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
