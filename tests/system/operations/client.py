# SPDX-License-Identifier: Apache-2.0
"""What somebody who was given three URLs and a pair of keys does first: a run of the official SDK,
a large file, and what must not go through. Runs inside of the machine.

    client.py PYTHON API WEB FILES ACCESS SECRET [proxied]
"""

import hashlib
import http.client
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "compat"))
import raw as raw_module  # noqa: E402

LARGE = 96 << 20
PIECE = 1 << 20


def require(good, text):
    if not good:
        raise SystemExit(f"client: {text}")


def sdk_run(python, urls, keys):
    environment = dict(os.environ, CLEARML_API_HOST=urls["api"], CLEARML_WEB_HOST=urls["web"],
                       CLEARML_FILES_HOST=urls["files"], CLEARML_API_ACCESS_KEY=keys[0],
                       CLEARML_API_SECRET_KEY=keys[1], PATH="/nowhere")
    done = subprocess.run([python, str(HERE.parent / "lib/sdk_run.py")], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, timeout=180)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RUN ")]
    require(done.returncode == 0 and lines, f"the SDK's run failed:\n{done.stdout[-2000:]}")
    return lines[0].split()[1]


def check_run(reader, task, files_url):
    document = reader.task(task)
    require(document["status"] == "completed", f"the run is {document['status']}")
    require(reader.scalars(task)["loss"]["train"]["x"] == list(range(20)), "its curve is not whole")
    uri = reader.artifacts(document)["numbers"]["uri"]
    require(uri.startswith(files_url + "/"), f"its artifact was stored as {uri}")
    require(len(reader.file(uri)) > 100, "its artifact is missing")


def connect(url):
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    return kind(parts.hostname, parts.port, timeout=120, **more), parts.path.rstrip("/")


def ask(url, method, path, headers, body=None, chunked=False):
    connection, top = connect(url)
    connection.request(method, top + path, body=body, headers=headers, encode_chunked=chunked)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def large_file(files, token, chunked):
    """Sent without being held in memory, once by its length and once in chunks."""
    digest = hashlib.sha256()
    head = (b'--b\r\nContent-Disposition: form-data; name="large/file.bin"; filename="f"\r\n\r\n')
    tail = b"\r\n--b--\r\n"

    def body():
        yield head
        for i in range(LARGE // PIECE):
            piece = hashlib.sha256(bytes([i, chunked])).digest() * (PIECE // 32)
            digest.update(piece)
            yield piece
        yield tail

    headers = {"Authorization": f"Bearer {token}",
               "Content-Type": "multipart/form-data; boundary=b"}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(len(head) + LARGE + len(tail))
    answer, text = ask(files, "POST", "/", headers, body(), chunked)
    require(answer.status == 200, f"a large file: HTTP {answer.status} {text[:300]}")
    answer, text = ask(files, "GET", "/large/file.bin", {"Authorization": f"Bearer {token}"})
    require(answer.status == 200 and hashlib.sha256(text).digest() == digest.digest(),
            f"a large file came back otherwise: HTTP {answer.status}, {len(text)} bytes")


def too_large(api, token):
    answer, _ = ask(api, "POST", "/tasks.get_all",
                    {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                    b" " * (33 << 20))
    require(answer.status == 413, f"33 MB of a call: HTTP {answer.status}")


def main():
    python, api, web, files, access, secret, *more = sys.argv[1:]
    urls = {"api": api, "web": web, "files": files}
    task = sdk_run(python, urls, (access, secret))
    reader = raw_module.Raw(urls, access, secret)
    check_run(reader, task, files)
    token = reader.login()
    for chunked in (False, True):
        large_file(files, token, chunked)
    answer, text = ask(web, "GET", "/", {})
    require(answer.status == 200 and api.encode() in text, "the web page does not name the API")
    answer, _ = ask(web, "GET", "/metrics", {})
    wanted = 403 if more else 200
    require(answer.status == wanted, f"metrics: HTTP {answer.status}")
    answer, _ = ask(files, "GET", "/large/file.bin", {})
    require(answer.status == 401, f"a file for a stranger: HTTP {answer.status}")
    too_large(api, token)
    print("CLIENT is content with", task)


if __name__ == "__main__":
    main()
