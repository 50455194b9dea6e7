# SPDX-License-Identifier: Apache-2.0
"""StorageManager against the files server: names with spaces, unicode and %, folders, listing."""

NEEDS = {"quick": True}


def client(facts):
    import os

    from clearml import StorageManager
    from clearml.backend_api import Session

    base = Session.get_files_server_host()
    facts["urls"] = {}
    for name in ("plain.txt", "with space.txt", "grün & 50%.txt", "a+b=c.txt", "deep/er/file.txt"):
        with open("local.txt", "w") as file:
            file.write(name)
        url = StorageManager.upload_file("local.txt", f"{base}/storage/{name}")
        facts["urls"][name] = url
        with open(StorageManager.get_local_copy(url, extract_archive=False)) as file:
            facts[name] = file.read()
    facts["urls"] = facts["urls"]
    os.makedirs("tree/inner")
    for path in ("tree/1.txt", "tree/inner/2.txt"):
        with open(path, "w") as file:
            file.write(path)
    StorageManager.upload_folder("tree", f"{base}/storage/tree")
    with open(StorageManager.get_local_copy(f"{base}/storage/tree/inner/2.txt")) as file:
        facts["inner"] = file.read()


def check(raw, facts):
    for name, url in facts["urls"].items():
        raw.same(name, facts[name], name)
    raw.same("inner", facts["inner"], "tree/inner/2.txt")
    raw.same("plain", raw.file(facts["urls"]["plain.txt"]), b"plain.txt")
