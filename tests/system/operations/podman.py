# SPDX-License-Identifier: Apache-2.0
"""The container chapter in a network and a /var/backups of its own; podman gets storage of its own,
so that nothing of the machine's is touched."""

import os
import pathlib
import subprocess

PODMAN = """#!/bin/sh
exec /usr/bin/podman --root {folder}/storage --runroot {folder}/run --storage-driver vfs \\
  --runtime runc --cgroup-manager cgroupfs "$@"
"""
CONF = """[containers]
default_ulimits = []
[engine]
events_logger = "none"
"""
BEFORE = """
exec 2>&1
ip link set lo up
mount -t tmpfs tmpfs /var/backups
trap 'podman rm -f furrow restored; podman volume rm -f furrow-data furrow-restored' EXIT
cd {packages}
"""
WAIT = """
for i in $(seq 100); do curl -fs http://127.0.0.1:8080/ready && break; sleep 0.1; done
podman logs furrow
"""
AFTER = """
podman run -d --name restored --read-only -v furrow-restored:/data -p 8080:8080 \\
  localhost/furrow:{version}
for i in $(seq 100); do curl -fs http://127.0.0.1:8080/ready && echo READY && break; sleep 0.1; done
"""


def type_chapter(folder, packages, load_and_run, inside, restored):
    """What all of it printed. The commands are the page's, one after the other."""
    place = os.path.join(folder, "podman")
    tools = os.path.join(place, "bin")
    os.makedirs(tools)
    wrapper = pathlib.Path(tools, "podman")
    wrapper.write_text(PODMAN.format(folder=place))
    wrapper.chmod(0o755)
    conf = pathlib.Path(place, "containers.conf")
    conf.write_text(CONF)
    version = load_and_run.split("localhost/furrow:")[1].split()[0]
    script = (BEFORE.format(packages=packages) + load_and_run + WAIT + inside + restored
              + AFTER.format(version=version))
    environment = dict(os.environ, CONTAINERS_CONF=str(conf), TMPDIR=place,
                       PATH=f"{tools}:{os.environ['PATH']}:/usr/sbin:/sbin")
    done = subprocess.run(["unshare", "--net", "--mount", "bash", "-eux", "-o", "pipefail", "-c",
                           script], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, timeout=300)
    return done.stdout
