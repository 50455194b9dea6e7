#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Handwritten digits with a two-layer network in plain NumPy, its parameters from argparse.

A clone of this run with another --hidden or --rate can be queued and run by an agent.
"""
import argparse

import numpy as np
from clearml import Task
from sklearn.datasets import load_digits


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden", type=int, default=16, help="units of the hidden layer")
    parser.add_argument("--rate", type=float, default=0.3, help="step of gradient descent")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    task = Task.init("examples/digits", "numpy network", reuse_last_task_id=False, output_uri=True)
    args = parser.parse_args()
    logger = task.get_logger()

    rng = np.random.default_rng(args.seed)
    digits = load_digits()
    order = rng.permutation(len(digits.target))
    x, y = digits.data[order] / 16.0, digits.target[order]
    cut = len(y) * 3 // 4
    one_hot = np.eye(10)[y]

    w1 = rng.normal(0, 0.3, (64, args.hidden))
    b1 = np.zeros(args.hidden)
    w2 = rng.normal(0, 0.3, (args.hidden, 10))
    b2 = np.zeros(10)
    for epoch in range(args.epochs):
        for first in range(0, cut, 64):
            part = slice(first, min(first + 64, cut))
            h = np.tanh(x[part] @ w1 + b1)
            p = softmax(h @ w2 + b2)
            error = (p - one_hot[part]) / len(h)
            back = (error @ w2.T) * (1 - h * h)
            w2 -= args.rate * h.T @ error
            b2 -= args.rate * error.sum(axis=0)
            w1 -= args.rate * x[part].T @ back
            b1 -= args.rate * back.sum(axis=0)
        for name, part in (("train", slice(0, cut)), ("test", slice(cut, None))):
            p = softmax(np.tanh(x[part] @ w1 + b1) @ w2 + b2)
            loss = -np.log(p[np.arange(len(p)), y[part]] + 1e-12).mean()
            logger.report_scalar("loss", name, value=float(loss), iteration=epoch)
            accuracy = float((p.argmax(axis=1) == y[part]).mean())
            logger.report_scalar("accuracy", name, value=accuracy, iteration=epoch)
        if epoch % 10 == 0:
            print(f"epoch {epoch}: test loss {loss:.4f}, accuracy {accuracy:.4f}")

    logger.report_single_value("test accuracy", accuracy)
    task.upload_artifact("weights", {"w1": w1.tolist(), "w2": w2.tolist()}, wait_on_upload=True)
    print(f"hidden {args.hidden}: test accuracy {accuracy:.4f}")
    task.close()


if __name__ == "__main__":
    main()
