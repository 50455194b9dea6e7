# SPDX-License-Identifier: Apache-2.0
"""OpenWeedLocator's own code under measurement, run by tests/perf/owl in its environment.

    owl_side.py CHECKOUT detect IMAGES.txt SECONDS MASKS   its detectors on images held in memory
    owl_side.py CHECKOUT relay < JOBS.json                 its relay controller, in real time
    owl_side.py - iou < PAIRS.json                         of masks: {name: [[truth, mask]]}

Nothing of it is changed. What it has no hardware for here is replaced around it: relays write down
when they are switched, and a window of OpenCV that `gndvi` opens is not opened. Each mode prints
one line of JSON.
"""
import json
import pathlib
import sys
import threading
import time

ALGORITHMS = ("exg", "exgr", "maxg", "nexg", "exhsv", "hsv", "gndvi")


def detect(images, seconds, folder):
    """Times `GreenOnBrown.inference` as a whole: index, threshold, contours, boxes."""
    import cv2
    import numpy as np
    from utils.greenonbrown import GreenOnBrown

    cv2.setNumThreads(1)
    cv2.imshow = lambda *_: None
    frames = [cv2.imread(name) for name in images]
    said = {}
    for algorithm in ALGORITHMS:
        detector = GreenOnBrown(algorithm=algorithm)
        took, number, begin, thread = [], 0, time.monotonic(), time.thread_time()
        while number < len(frames) or time.monotonic() - begin < seconds:
            last = time.perf_counter()
            detector.inference(frames[number % len(frames)], algorithm=algorithm)
            took.append(1e3 * (time.perf_counter() - last))
            number += 1
        thread = time.thread_time() - thread
        # What it marks as plant: its contours with what they enclose, none left out for its size.
        for name, frame in zip(images, frames):
            contours = detector.inference(frame, algorithm=algorithm)[0]
            mask = np.zeros(frame.shape[:2], np.uint8)
            cv2.drawContours(mask, contours, -1, 255, cv2.FILLED)
            place = pathlib.Path(folder) / algorithm
            place.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place / pathlib.Path(name).name), mask)
        took.sort()
        said[algorithm] = {
            "frames_per_core_s": number / thread,
            "p50_ms": took[len(took) // 2],
            "p99_ms": took[int(0.99 * (len(took) - 1))],
            "timed": number,
            "opencv": cv2.__version__,
        }
    return said


class Recorder:
    """In the place of RelayControl: says when which relay was switched."""

    def __init__(self):
        self.switched = []
        self._lock = threading.Lock()

    def relay_on(self, relay, verbose=True):
        with self._lock:
            self.switched.append((relay, True, time.time()))

    def relay_off(self, relay, verbose=True):
        with self._lock:
            self.switched.append((relay, False, time.time()))


def relay(settings):
    """Each setting: {"name", "lanes", "delay_s", "duration_s", "jobs": [[t_s, lane]]}. All run at
    once, each with a controller of its own; they sleep nearly all of the time."""
    from utils.output_manager import RelayController

    controllers = []
    for setting in settings:
        controller = RelayController({lane: lane for lane in range(setting["lanes"])})
        recorder = Recorder()
        controller.relay = recorder  # consumers look it up at each job
        controllers.append((controller, recorder))
    began = time.time() + 0.5

    def feed(setting, controller):
        for at, lane in setting["jobs"]:
            ahead = began + at - time.time()
            if ahead > 0:
                time.sleep(ahead)
            controller.receive(relay=lane, time_stamp=time.time(), delay=setting["delay_s"],
                               duration=setting["duration_s"])

    threads = [threading.Thread(target=feed, args=(s, c))
               for s, (c, _) in zip(settings, controllers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(3)
    return {setting["name"]: [[lane, on, round(at - began, 6)] for lane, on, at in r.switched]
            for setting, (_, r) in zip(settings, controllers)}


def iou(pairs):
    """Over all images together, and the share of truth and of marks there is."""
    import cv2

    both = either = true = marked = 0
    for one, other in pairs:
        a = cv2.imread(one, cv2.IMREAD_GRAYSCALE) > 0
        b = cv2.imread(other, cv2.IMREAD_GRAYSCALE) > 0
        both += int((a & b).sum())
        either += int((a | b).sum())
        true += int(a.sum())
        marked += int(b.sum())
    return {"iou": both / either if either else 1.0, "recall": both / true if true else 1.0,
            "precision": both / marked if marked else 1.0}


def lines(path):
    return pathlib.Path(path).read_text().split()


def main():
    checkout, mode, *rest = sys.argv[1:]
    sys.path.insert(0, checkout)
    if mode == "detect":
        said = detect(lines(rest[0]), float(rest[1]), rest[2])
    elif mode == "relay":
        said = relay(json.load(sys.stdin))
    else:
        said = {name: iou(pairs) for name, pairs in json.load(sys.stdin).items()}
    # Its log goes to standard output as well: ours is the last line.
    print("\n" + json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
