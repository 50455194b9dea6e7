# SPDX-License-Identifier: Apache-2.0
"""What this machine could do at best: the disk, memory, loopback, and the entropy of the data."""

import math
import os
import socket
import threading
import time

GAUSS_BITS = 0.5 * math.log2(2 * math.pi * math.e)  # of a normal distribution of deviation 1


def sync_latency_ms(folder, size, rounds=200):
    """Appending `size` bytes and making them durable: the median and the 99th percentile."""
    path = os.path.join(folder, "sync.tmp")
    block, taken = os.urandom(size), []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in range(rounds):
            began = time.perf_counter()
            os.write(file, block)
            os.fdatasync(file)
            taken.append((time.perf_counter() - began) * 1e3)
    finally:
        os.close(file)
        os.unlink(path)
    taken.sort()
    return {"p50": taken[len(taken) // 2], "p99": taken[int(len(taken) * 0.99)], "raw": taken}


def sequential_write_gb_s(folder, size=1 << 30):
    path = os.path.join(folder, "write.tmp")
    block = os.urandom(1 << 22)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        began = time.perf_counter()
        for _ in range(size // len(block)):
            os.write(file, block)
        os.fdatasync(file)
        return size / (time.perf_counter() - began) / 1e9
    finally:
        os.close(file)
        os.unlink(path)


def cached_read_gb_s(folder, size=1 << 28):
    """A file that lies in the page cache."""
    path = os.path.join(folder, "read.tmp")
    with open(path, "wb") as file:
        for _ in range(size >> 22):
            file.write(os.urandom(1 << 22))
    try:
        buffer = bytearray(1 << 20)
        file = os.open(path, os.O_RDONLY)
        os.readv(file, [buffer])
        os.lseek(file, 0, os.SEEK_SET)
        began = time.perf_counter()
        while os.readv(file, [buffer]):
            pass
        took = time.perf_counter() - began
        os.close(file)
        return size / took / 1e9
    finally:
        os.unlink(path)


def memcpy_gb_s(size=1 << 28):
    source, target = bytearray(size), bytearray(size)
    target[:] = source
    began = time.perf_counter()
    target[:] = source
    return size / (time.perf_counter() - began) / 1e9


def loopback(size=1 << 30):
    """GB/s one way through a TCP connection of this machine, and the round trip of a byte."""
    listener = socket.create_server(("127.0.0.1", 0))
    rounds = 2000

    def answer():
        peer, _ = listener.accept()
        with peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(rounds):
                peer.sendall(peer.recv(1))
            buffer, left = bytearray(1 << 20), size
            while left > 0:
                got = peer.recv_into(buffer)
                if got == 0:
                    break
                left -= got
            peer.sendall(b"x")

    thread = threading.Thread(target=answer)
    thread.start()
    with socket.create_connection(listener.getsockname()) as mine:
        mine.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            mine.sendall(b"x")
            mine.recv(1)
            taken.append((time.perf_counter() - began) * 1e3)
        block = bytes(1 << 20)
        began = time.perf_counter()
        for _ in range(size >> 20):
            mine.sendall(block)
        mine.recv(1)
        rate = size / (time.perf_counter() - began) / 1e9
    thread.join()
    listener.close()
    taken.sort()
    return {"gb_s": rate, "round_trip_ms": taken[len(taken) // 2],
            "round_trip_p99_ms": taken[int(len(taken) * 0.99)]}


def spawn_ms(rounds=20):
    """Starting a process that does nothing."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
        taken.append((time.perf_counter() - began) * 1e3)
    taken.sort()
    return taken[len(taken) // 2]


def entropy_bytes(iterations, decimals):
    """Bytes per point that no lossless code can go below: values loss * (1 + 0.05 * N(0, 1)) with
    the loss of tools/loadgen known, as float32 or rounded to four decimals, and times 100 ms apart
    with round(2 * N(0, 1)) ms of jitter. Iterations cost nothing."""
    bits, samples = 0.0, 2000
    for i in range(samples):
        loss = 0.3 + 2 * math.exp(-(i + 0.5) / samples * iterations / 30_000)
        spread = GAUSS_BITS + math.log2(0.05 * loss)
        if decimals:
            bits += spread - math.log2(1e-4)
        else:
            # The step between neighbouring floats depends on the value's power of two.
            step = 0.0
            for tenth in range(-30, 31):
                weight = math.exp(-(tenth / 10) ** 2 / 2) * 0.1 / math.sqrt(2 * math.pi)
                value = abs(loss * (1 + 0.05 * tenth / 10))
                step += weight * (math.floor(math.log2(value)) - 23)
            bits += spread - step
    jitter = 0.0
    for k in range(-12, 13):
        below, above = (k - 0.5) / 2, (k + 0.5) / 2
        p = 0.5 * (math.erf(above / math.sqrt(2)) - math.erf(below / math.sqrt(2)))
        if p > 0:
            jitter -= p * math.log2(p)
    return (bits / samples + jitter) / 8
