#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The way back of images from tractors into the data set that the network learns from.

`fetch` takes the images that a tractor has sent, on which its models disagreed, into a folder.
There somebody says what they show: masks/NAME.png of 0 soil, 128 crop, 255 weed, drawn by hand or
made by annotations.py. `add` makes the pairs a child version of the data set. Needs clearml and
Pillow; who signs in and where is as always with the SDK."""

import argparse
import hashlib
import io
import json
import os
import pathlib
import re
import sys

EXAMPLES = """examples:
  examples/weednet/returned.py fetch T7 --out returned
  furrow-edge truth machine.toml --out returned/masks returned/images/*.png    a generated field's
  examples/weednet/returned.py add returned --parent ID --folder returned-T7
"""
PAGE = 500
VALUES = {0, 128, 255}


class Wrong(Exception):
    pass


def records(tractor, start):
    """(number, record) of the images that a tractor has told of, from that number on."""
    from clearml.backend_api import Session

    session, at = Session(), start
    while True:
        answer = session.send_request(
            service="fleet",
            action="get_reports",
            json={"tractor": tractor, "stream": "images", "from": at, "count": PAGE},
            method="post",
        )
        body = answer.json()
        if answer.status_code != 200:
            raise Wrong(f"{tractor}: {body.get('meta', {}).get('result_msg', answer.text)}")
        for one in body["data"]["records"]:
            yield one["number"], one
        at = body["data"]["next"]
        if at >= body["data"]["end"]:
            return


def download(url):
    """The file's bytes; a path is one on the file server, which knows the SDK's token."""
    import requests
    from clearml.backend_api import Session

    if url.startswith("/"):
        url = Session.get_files_server_host().rstrip("/") + url
    headers = {"Authorization": f"Bearer {Session().token}"}
    answer = requests.get(url, headers=headers, timeout=60)
    if answer.status_code != 200:
        raise Wrong(f"{url}: {answer.status_code} {answer.reason}")
    return answer.content


def name_of(record):
    """LOG-SEGMENT-CAMERA-NUMBER.png, as the tractor named it."""
    name = record.get("name") or record["url"].rsplit("/", 1)[-1]
    return name if re.fullmatch(r"[\w.-]+\.png", name) else f"{record['sha256'][:16]}.png"


def write(path, content):
    """Whole or not at all."""
    new = path.with_name(path.name + ".new")
    with open(new, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def fetch(options):
    from PIL import Image

    images = options.out / "images"
    images.mkdir(parents=True, exist_ok=True)
    (options.out / "masks").mkdir(exist_ok=True)
    told, taken, size, following = [], 0, 0, options.first
    for number, record in records(options.tractor, options.first):
        following = number + 1
        content = download(record["url"])
        if hashlib.sha256(content).hexdigest() != record["sha256"]:
            raise Wrong(f"{record['url']}: is not what the tractor sent: its SHA-256 differs")
        name = name_of(record)
        if options.times > 1:
            # So often each pixel: the network, which shrinks by this, sees what the tractor's saw.
            with Image.open(io.BytesIO(content)) as picture:
                wide = tuple(side * options.times for side in picture.size)
                buffer = io.BytesIO()
                picture.convert("RGB").resize(wide, Image.Resampling.NEAREST).save(buffer, "PNG")
        write(images / name, buffer.getvalue() if options.times > 1 else content)
        told.append({**record, "name": name})
        taken, size = taken + 1, size + len(content)
        if sys.stderr.isatty():
            print(f"\r{taken} images", end="", file=sys.stderr, flush=True)
    write(options.out / "images.json", (json.dumps(told, indent=1) + "\n").encode())
    print(json.dumps({"images": taken, "bytes": size, "next": following}))


def add(options):
    import numpy
    from clearml import Dataset
    from PIL import Image

    images = sorted((options.source / "images").glob("*.png"))
    pairs = [(i, options.source / "masks" / i.name) for i in images]
    missing = [i.name for i, m in pairs if not m.exists()]
    if missing and not options.labelled_only:
        raise Wrong(
            f"{options.source}/masks lacks {len(missing)} of {len(pairs)} masks, "
            f"{missing[0]} first (--labelled-only leaves such images out)"
        )
    pairs = [(i, m) for i, m in pairs if m.exists()]
    if not pairs:
        raise Wrong(f"{options.source}: has no pairs images/NAME.png, masks/NAME.png")
    for image, mask in pairs:
        with Image.open(image) as picture, Image.open(mask) as truth:
            if picture.size != truth.size:
                raise Wrong(
                    f"{mask}: is {truth.size[0]} x {truth.size[1]}, its image "
                    f"{picture.size[0]} x {picture.size[1]}"
                )
            other = set(numpy.unique(numpy.asarray(truth.convert("L"))).tolist()) - VALUES
        if other:
            raise Wrong(f"{mask}: holds {sorted(other)[0]}, which is neither 0, 128 nor 255")
    parent = Dataset.get(dataset_id=options.parent)
    child = Dataset.create(
        dataset_name=parent.name, dataset_project=parent.project, parent_datasets=[parent.id]
    )
    for part in ("images", "masks"):
        files = [image if part == "images" else mask for image, mask in pairs]
        for file in files:
            child.add_files(file, dataset_path=f"{options.folder}/{part}")
    child.upload(show_progress=False, output_url=options.storage)
    child.finalize()
    print(json.dumps({"dataset": child.id, "version": child.version, "added": len(pairs)}))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser("fetch", help="images of a tractor into a folder")
    fetching.add_argument("tractor")
    fetching.add_argument("--out", type=pathlib.Path, required=True, help="a folder, which is made")
    fetching.add_argument("--from", dest="first", type=int, default=0, help="this record on")
    fetching.add_argument(
        "--times",
        type=int,
        default=2,
        choices=range(1, 9),
        metavar="1..8",
        help="larger; tractors send frames of a Bayer sensor at half their size " "(default: 2)",
    )
    adding = commands.add_parser("add", help="a folder's pairs as a child version")
    adding.add_argument("source", type=pathlib.Path, metavar="FOLDER")
    adding.add_argument("--parent", required=True, metavar="ID", help="a version of a data set")
    adding.add_argument("--folder", default="returned", help="in the data set")
    adding.add_argument("--labelled-only", action="store_true", help="leave out what has no mask")
    adding.add_argument("--storage", help="where files go; the file server unless told otherwise")
    options = parser.parse_args()
    try:
        {"fetch": fetch, "add": add}[options.command](options)
    except (Wrong, OSError) as error:
        raise SystemExit(f"returned.py: {error}") from None


if __name__ == "__main__":
    main()
