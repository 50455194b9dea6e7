# SPDX-License-Identifier: Apache-2.0
"""What whoever watches the loop sees: one line a step, with its time; in a terminal the running one
counts its seconds and shows the last line of what it does."""

import shutil
import sys
import threading
import time


class Board:
    def __init__(self, count, stream=sys.stderr):
        self.count, self.stream, self.watched = count, stream, stream.isatty()
        self.number, self.times = 0, []  # (title, seconds)
        self.note = ""
        self._lock = threading.Lock()

    def step(self, title):
        return _Step(self, title)

    def say(self, text):
        """What the running step does just now."""
        self.note = " ".join(text.split())

    def line(self, text, end="\n"):
        with self._lock:
            if self.watched:
                width = shutil.get_terminal_size().columns - 1
                self.stream.write("\r\033[K" + text[:width] + end)
            else:
                self.stream.write(text + "\n")
            self.stream.flush()


class _Step:
    def __init__(self, board, title):
        self.board, self.title, self.told = board, title, ""

    def result(self, text):
        """What came of it: stands behind the title when it is done."""
        self.told = text

    def __enter__(self):
        board = self.board
        board.number += 1
        board.note = ""
        self.begun = time.monotonic()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        if board.watched:
            self.thread.start()
        else:
            board.line(f"[{board.number:2}/{board.count}] {self.title} ...")
        return self

    def _watch(self):
        while not self.done.wait(0.25):
            seconds = time.monotonic() - self.begun
            place = f"[{self.board.number:2}/{self.board.count}]"
            self.board.line(f"{place} {self.title}  {seconds:4.0f} s  {self.board.note}", end="")

    def __exit__(self, kind, error, trace):
        self.done.set()
        if self.thread.is_alive():
            self.thread.join()
        seconds = time.monotonic() - self.begun
        self.board.times.append((self.title, seconds))
        how = "FAILED" if kind else self.told
        place = f"[{self.board.number:2}/{self.board.count}]"
        self.board.line(f"{place} {self.title:44} {seconds:6.1f} s  {how}")
        return False
