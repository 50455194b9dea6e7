#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes images/ and masks/, as train.py reads them, of photographs that people have annotated: COCO
(boxes, polygons, run lengths), YOLO (boxes, polygons) or CVAT for images (boxes, polygons, masks).

A label is crop or weed by --crop and --weed; what is named in neither is an error, unless --other
says that it is ground. A polygon or mask is the plant. Of a box only what is green is the plant,
because a box holds soil too: --boxes whole takes all of it. Where both lie, weed covers crop. Needs
Debian's python3-pil and python3-numpy."""

import argparse
import json
import pathlib
import shutil
import sys
import xml.etree.ElementTree

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError

EXAMPLES = """examples:
  examples/weednet/annotations.py coco instances.json --images photos --out field --weed thistle
  examples/weednet/annotations.py yolo labels --images photos --classes beet weed --crop beet \\
      --out field
  examples/weednet/annotations.py cvat annotations.xml --images photos --out field
"""
CROP, WEED = 128, 255


class Wrong(Exception):
    """What is wrong with a file, beginning with its name."""


def polygon(points):
    """Pairs of numbers of a flat list."""
    pairs = [(float(x), float(y)) for x, y in zip(points[::2], points[1::2])]
    if len(points) % 2 or len(pairs) < 3:
        raise ValueError("a polygon has three points or more")
    return pairs


def runs(counts, width, height, by_column):
    """A mask of lengths of runs, the first of them empty."""
    if sum(counts) != width * height or min(counts, default=0) < 0:
        raise ValueError(f"run lengths sum to {sum(counts)}, not to {width} x {height}")
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return values.reshape(width, height).T if by_column else values.reshape(height, width)


def unpacked(text):
    """Run lengths of COCO's compressed form: six bits a letter, the third length on as a difference
    to the one before the last."""
    counts, at = [], 0
    while at < len(text):
        value = shift = 0
        while True:
            if at >= len(text) or not 48 <= ord(text[at]) < 112:
                raise ValueError("compressed run lengths are cut short or hold other letters")
            bits = ord(text[at]) - 48
            at += 1
            value |= (bits & 31) << shift
            shift += 5
            if not bits & 32:
                break
        if bits & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


# A format is a function of its file that yields (name of the image, marks); a mark is (label, kind,
# what): a box (left, top, right, bottom), a polygon, or a mask as a function of width and height.


def coco(file, _):
    content = json.loads(file.read_text())
    labels = {one["id"]: one["name"] for one in content["categories"]}
    marks = {one["id"]: [] for one in content["images"]}
    for one in content["annotations"]:
        label, shape = labels[one["category_id"]], one.get("segmentation")
        if isinstance(shape, dict):
            counts, (height, width) = shape["counts"], shape["size"]
            counts = unpacked(counts) if isinstance(counts, str) else counts
            marks[one["image_id"]].append((label, "mask", runs(counts, width, height, True)))
        elif shape:
            marks[one["image_id"]] += [(label, "polygon", polygon(p)) for p in shape]
        else:
            x, y, width, height = one["bbox"]
            marks[one["image_id"]].append((label, "box", (x, y, x + width, y + height)))
    for one in content["images"]:
        yield one["file_name"], marks[one["id"]]


def yolo(folder, options):
    if not options.classes:
        raise Wrong("yolo: --classes names what the numbers stand for, in order")
    for file in sorted(folder.glob("*.txt")):
        if file.name == "classes.txt":
            continue
        marks = []
        for number, line in enumerate(file.read_text().splitlines(), 1):
            words = line.split()
            if not words:
                continue
            try:
                label, values = options.classes[int(words[0])], [float(w) for w in words[1:]]
                if len(values) == 4:
                    x, y, width, height = values
                    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
                    marks.append((label, "share box", box))
                else:
                    marks.append((label, "share polygon", polygon(values)))
            except (ValueError, IndexError) as error:
                raise Wrong(f"{file}:{number}: {error}") from None
        yield file.stem, marks


def cvat(file, _):
    root = xml.etree.ElementTree.parse(file).getroot()
    for image in root.iter("image"):
        marks = []
        for mark in image:
            label, at = mark.get("label"), mark.attrib
            if mark.tag == "box":
                box = tuple(float(at[k]) for k in ("xtl", "ytl", "xbr", "ybr"))
                marks.append((label, "box", box))
            elif mark.tag == "polygon":
                points = at["points"].replace(";", ",").split(",")
                marks.append((label, "polygon", polygon(points)))
            elif mark.tag == "mask":
                left, top, width, height = (int(at[k]) for k in ("left", "top", "width", "height"))
                counts = [int(n) for n in at["rle"].split(",")]
                part = runs(counts, width, height, False)
                marks.append((label, "part", (left, top, part)))
        yield image.get("name"), marks


FORMATS = {"coco": coco, "yolo": yolo, "cvat": cvat}


def green(pixels):
    """Where a photograph is greener than the threshold that parts its excess green best (Otsu)."""
    values = pixels.astype(np.int32)
    excess = 2 * values[..., 1] - values[..., 0] - values[..., 2]
    low = int(excess.min())
    counts = np.bincount((excess - low).ravel()).astype(float)
    levels = np.arange(len(counts)) + low
    below, sums = np.cumsum(counts), np.cumsum(counts * levels)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return excess > levels[int(np.nanargmax(apart))] if len(counts) > 1 else excess > low


def mark_of(kind, what, width, height):
    """The mark as a mask of the image's size."""
    if kind == "mask":
        if what.shape != (height, width):
            raise ValueError(
                f"a mask of {what.shape[1]} x {what.shape[0]} on an image of " f"{width} x {height}"
            )
        return what
    if kind == "part":
        left, top, part = what
        if left < 0 or top < 0 or left + part.shape[1] > width or top + part.shape[0] > height:
            raise ValueError("a mask reaches beyond the image")
        mask = np.zeros((height, width), bool)
        mask[top : top + part.shape[0], left : left + part.shape[1]] = part
        return mask
    drawn = Image.new("1", (width, height))
    scale_x, scale_y = (width, height) if kind.startswith("share") else (1, 1)
    if kind.endswith("polygon"):
        points = [(x * scale_x, y * scale_y) for x, y in what]
        ImageDraw.Draw(drawn).polygon(points, fill=1, outline=1)
    else:
        left, top, right, bottom = what
        edges = (left * scale_x, top * scale_y, right * scale_x - 1, bottom * scale_y - 1)
        if edges[0] <= edges[2] and edges[1] <= edges[3]:
            ImageDraw.Draw(drawn).rectangle([round(e) for e in edges], fill=1)
    return np.asarray(drawn)


def mask_of(pixels, marks, options, values):
    height, width = pixels.shape[:2]
    mask, plant = np.zeros((height, width), np.uint8), None
    drawn = {CROP: np.zeros((height, width), bool), WEED: np.zeros((height, width), bool)}
    for label, kind, what in marks:
        value = values.get(label)
        if value is None and options.other != "ground":
            raise ValueError(
                f"'{label}' is neither in --crop nor in --weed (--other ground takes "
                "it for soil)"
            )
        if value is None:
            continue
        area = mark_of(kind, what, width, height)
        if kind.endswith("box") and options.boxes == "green":
            plant = green(pixels) if plant is None else plant
            area = area & plant
        drawn[value] |= area
    mask[drawn[CROP]] = CROP
    mask[drawn[WEED]] = WEED
    return mask


def photograph(folder, name):
    """The file of that name; its ending may be missing."""
    path = folder / name
    if path.suffix and path.is_file():
        return path
    found = [p for p in sorted(path.parent.glob(path.name + ".*")) if p.suffix.lower() in ENDINGS]
    if not found:
        raise Wrong(f"{path}: there is no such photograph")
    return found[0]


ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")


def convert(options):
    values = {label: CROP for label in options.crop}
    values.update({label: WEED for label in options.weed})
    for part in ("images", "masks"):
        (options.out / part).mkdir(parents=True, exist_ok=True)
    done = 0
    for name, marks in FORMATS[options.format](options.file, options):
        path = photograph(options.images, name)
        try:
            with Image.open(path) as picture:
                pixels = np.asarray(picture.convert("RGB"))
            mask = mask_of(pixels, marks, options, values)
        except UnidentifiedImageError:
            raise Wrong(f"{path}: is no image") from None
        except ValueError as error:
            raise Wrong(f"{options.file}: {name}: {error}") from None
        target = "_".join(path.relative_to(options.images).with_suffix("").parts) + ".png"
        if path.suffix.lower() == ".png":
            shutil.copyfile(path, options.out / "images" / target)
        else:
            Image.fromarray(pixels).save(options.out / "images" / target)
        Image.fromarray(mask).save(options.out / "masks" / target)
        done += 1
        if sys.stderr.isatty():
            print(f"\r{done} photographs", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if not done:
        raise Wrong(f"{options.file}: names no photograph")
    print(f"{done} photographs in {options.out}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("file", type=pathlib.Path, help="the annotations; of YOLO their folder")
    parser.add_argument("--images", type=pathlib.Path, required=True, help="their folder")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a folder, which is made")
    parser.add_argument("--crop", nargs="+", default=["crop"], metavar="LABEL")
    parser.add_argument("--weed", nargs="+", default=["weed"], metavar="LABEL")
    parser.add_argument("--other", choices=("refuse", "ground"), default="refuse")
    parser.add_argument("--classes", nargs="+", metavar="LABEL", help="YOLO: of 0, 1, ...")
    parser.add_argument("--boxes", choices=("green", "whole"), default="green")
    options = parser.parse_args()
    try:
        convert(options)
    except Wrong as error:
        raise SystemExit(f"annotations.py: {error}") from None
    except (KeyError, TypeError, ValueError, xml.etree.ElementTree.ParseError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else error
        raise SystemExit(f"annotations.py: {options.file}: {what}") from None
    except OSError as error:
        raise SystemExit(f"annotations.py: {error}") from None


if __name__ == "__main__":
    main()
