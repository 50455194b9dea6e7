# SPDX-License-Identifier: Apache-2.0
"""Photographs with their masks, as furrow_fieldgen writes them: images/NAME.png, masks/NAME.png. A
grey image is what a sensor with the RGGB mosaic sees, as it is for furrow-edge."""

import pathlib

import numpy as np
from PIL import Image

from network import CLASSES, MULTIPLE, SCALE

VALUES = (0, 128, 255)  # of a mask, in the order of CLASSES


class Frame:
    """A photograph at the network's size, and how much of each of its pixels is of which class."""

    def __init__(self, image, mask):
        self.image, self.mask = image, mask  # files
        with Image.open(image) as picture:
            mosaic = picture.mode == "L"
            pixels = np.asarray(picture if mosaic else picture.convert("RGB"))
        with Image.open(mask) as picture:
            truth = np.asarray(picture.convert("L"))
        if pixels.shape[:2] != truth.shape:
            raise SystemExit(f"{mask}: has another size than {image}")
        if not np.isin(truth, VALUES).all():
            raise SystemExit(f"{mask}: holds other values than {VALUES}")
        self.truth = np.searchsorted(VALUES, truth).astype(np.uint8)
        cells = np.stack([shrunk(self.truth == k, np.uint8) for k in range(len(CLASSES))])
        self.shares = cells  # of SCALE * SCALE
        if mosaic:
            self.pixels = gathered(pixels)
        else:
            self.pixels = np.stack([shrunk(pixels[..., k], np.uint16) for k in range(3)])
        self.weedy = np.argwhere(cells[CLASSES.index("weed")] > 0)


def shrunk(plane, kind):
    """Sums of SCALE x SCALE pixels; a last row or column that does not fill one is left out."""
    height, width = (side // SCALE * SCALE for side in plane.shape)
    cells = plane[:height, :width].reshape(height // SCALE, SCALE, width // SCALE, SCALE)
    return cells.sum(axis=(1, 3), dtype=kind)


def gathered(mosaic):
    """Red, green and blue of each 2 x 2 pixels of a mosaic, as sums of four like `shrunk`."""
    height, width = (side // 2 * 2 for side in mosaic.shape)
    cells = mosaic[:height, :width].astype(np.uint16)
    red, blue = 4 * cells[0::2, 0::2], 4 * cells[1::2, 1::2]
    return np.stack([red, 2 * (cells[0::2, 1::2] + cells[1::2, 0::2]), blue])


def read(folders, every=1, first=0, last=None):
    """The frames of each folder: of its pairs in order of their names, first, first + every, …"""
    frames = []
    for folder in map(pathlib.Path, folders):
        images = sorted((folder / "images").glob("*.png"))
        pairs = [(i, folder / "masks" / i.name) for i in images]
        pairs = [(i, m) for i, m in pairs if m.exists()]
        if not pairs:
            raise SystemExit(f"{folder}: has no pairs images/NAME.png, masks/NAME.png")
        frames += [Frame(i, m) for i, m in pairs[first:last:every]]
    if min(min(f.pixels.shape[1:]) for f in frames) < MULTIPLE:
        raise SystemExit("the photographs are too small")
    return frames


def statistics(frames):
    """Mean and deviation of red, green and blue, 0 to 1."""
    scale = 255.0 * SCALE * SCALE
    means = np.array([[f.pixels[k].mean() / scale for k in range(3)] for f in frames])
    squares = np.array([[(f.pixels[k] / scale).var() for k in range(3)] for f in frames])
    mean = means.mean(axis=0)
    return mean, np.sqrt(squares.mean(axis=0) + means.var(axis=0))


def crop_of(frame, side, random):
    """A square of that side, three times of four around a weed, turned and mirrored by chance."""
    height, width = frame.pixels.shape[1:]
    side_y, side_x = min(side, height), min(side, width)
    if len(frame.weedy) and random.random() < 0.75:
        y, x = frame.weedy[random.integers(len(frame.weedy))]
        y, x = y - random.integers(side_y), x - random.integers(side_x)
    else:
        y, x = random.integers(height - side_y + 1), random.integers(width - side_x + 1)
    y, x = np.clip(y, 0, height - side_y), np.clip(x, 0, width - side_x)
    pixels = frame.pixels[:, y : y + side_y, x : x + side_x].astype(np.float32)
    shares = frame.shares[:, y : y + side_y, x : x + side_x].astype(np.float32)
    turns, mirrored = random.integers(4) if side_y == side_x else 0, random.random() < 0.5
    both = []
    for planes in (pixels / (255.0 * SCALE * SCALE), shares / (SCALE * SCALE)):
        planes = np.rot90(planes, turns, axes=(1, 2))
        both.append(planes[:, :, ::-1] if mirrored else planes)
    return both


def other_light(pixels, random):
    """The same squares under another exposure, white balance, contrast and noise."""
    count = len(pixels)
    light = random.normal(0, 0.2, (count, 1, 1, 1)) + random.normal(0, 0.05, (count, 3, 1, 1))
    gain = np.exp(light)
    gamma = np.exp(random.normal(0, 0.12, (count, 1, 1, 1)))
    noise = random.normal(0, 1, pixels.shape) * abs(random.normal(0, 0.01, (count, 1, 1, 1)))
    return np.clip(np.power(pixels, gamma) * gain + noise, 0, 1).astype(np.float32)
