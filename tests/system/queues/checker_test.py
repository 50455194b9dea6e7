# SPDX-License-Identifier: Apache-2.0
"""The checker against an exhaustive search and against histories with planted bugs."""

import collections
import itertools
import random

import checker as c

LEASE = 10.0


def simulate(rng, steps, leases=True, moves=True):
    """A history of a right queue: each call takes effect at one moment within its time."""
    ops, effects, order, leased, known = [], [], [], {}, set()
    now, names = 0.0, itertools.count()

    def spread():
        return now - rng.random() * 2, now + rng.random() * 2

    for _ in range(steps):
        effects += [now] * (len(ops) - len(effects))
        now += rng.choice((0.1, 0.5, 1.0, 12.0 if leases and rng.random() < 0.1 else 0.2))
        for v, (holder, until, offers) in list(leased.items()):
            if until is not None and until <= now:
                leased[v] = (None, None, offers)
        call, ret = spread()
        roll = rng.random()
        free = [v for v in order if leased.get(v, (None, None, 0))[1] is None]
        if roll < 0.35:
            v = f"v{next(names)}"
            order.append(v)
            ops.append(c.Op("enq", "q", call, ret, None, v))
        elif roll < 0.75:
            holder = f"h{rng.randrange(4)}"
            mine = [v for v in order if leased.get(v, (None,))[0] == holder]
            if mine:
                got = mine[0]
            else:
                while free and leased.get(free[0], (None, None, 0))[2] >= c.MAX_OFFERS:
                    order.remove(free.pop(0))
                got = free[0] if free else c.EMPTY
                if got is not c.EMPTY:
                    offers = leased.get(got, (None, None, 0))[2] + 1
                    leased[got] = (holder, now + LEASE, offers)
            ops.append(c.Op("pop", "q", call, ret, holder, got))
            if rng.random() < 0.05:
                ops[-1].value = c.UNKNOWN
            else:
                known.add((holder, got))
        elif roll < 0.9:
            held = [v for v in order if (leased.get(v, (None,))[0], v) in known]
            if held:
                v = rng.choice(held)
                order.remove(v)
                ops.append(c.Op("start", "q", call, ret, leased.pop(v)[0], v))
        elif moves and free:
            v = rng.choice(free)
            order.remove(v)
            order.insert(0, v)
            ops.append(c.Op("front", "q", call, ret, None, v))
        else:
            ops.append(c.Op("peek", "q", call, ret, None, free[0] if free else c.EMPTY))
    effects += [now] * (len(ops) - len(effects))
    # A client is one thread of calls: those of one holder do not overlap.
    last = {}
    for op, effect in zip(ops, effects):
        if op.holder in last:
            before, then = last[op.holder]
            between = (then + effect) / 2
            before.ret, op.call = min(before.ret, between), max(op.call, between)
        if op.holder:
            last[op.holder] = op, effect
    return ops


def exhaustive(ops):
    """Whether some order of the calls, each within its time, is one of a plain queue."""
    seen = set()

    def search(done, queue):
        if len(done) == len(ops):
            return True
        if (done, queue) in seen:
            return False
        seen.add((done, queue))
        left = [i for i in range(len(ops)) if i not in done]
        horizon = min(ops[i].ret for i in left)
        for i in left:
            op = ops[i]
            if op.call > horizon:
                continue
            if op.kind == "enq":
                after = queue + (op.value,)
            elif op.value is c.EMPTY:
                if queue:
                    continue
                after = queue
            elif queue and queue[0] == op.value:
                after = queue[1:]
            else:
                continue
            if search(done | {i}, after):
                return True
        return False

    return search(frozenset(), ())


def tiny(rng):
    """Some calls on a plain queue, right or wrong: each value popped by a holder of its own."""
    count = rng.randrange(1, 4)
    ops = [c.Op("enq", "q", 0, 0, None, f"v{i}") for i in range(count)]
    popped = rng.sample(range(count), rng.randrange(0, count + 1))
    ops += [c.Op("pop", "q", 0, 0, f"h{i}", f"v{i}") for i in popped]
    ops += [c.Op("pop", "q", 0, 0, f"e{i}", c.EMPTY) for i in range(rng.randrange(0, 2))]
    for op in ops:
        op.call = rng.random() * 4
        op.ret = op.call + rng.random() * 2
    return ops


def errors(history, final=None):
    return c.Checker(LEASE, slack_s=0.0, cut_s=2.0).check(history, final)


def test_right_histories_are_accepted(rounds):
    for seed in range(rounds):
        rng = random.Random(seed)
        found = errors(simulate(rng, rng.randrange(5, 120), seed % 2 == 0, seed % 3 == 0))
        assert not found, (seed, found[0])


def test_agrees_with_the_exhaustive_search(rounds):
    rejected = 0
    for seed in range(rounds):
        ops = tiny(random.Random(seed))
        right, found = exhaustive(ops), errors(ops)
        assert right == (not found), (seed, right, found, ops)
        rejected += not right
    assert rounds // 10 < rejected < rounds, rejected


def plant(history, bug, lease):
    """Makes one wrong answer of a right history; False when it offers no place for that bug."""
    pops = [op for op in history if op.kind == "pop" and op.value not in (c.EMPTY, c.UNKNOWN)]
    starts = {op.value: op for op in history if op.kind == "start"}
    enqs = {op.value: op for op in history if op.kind == "enq"}
    if bug == "doubled":
        # Another worker gets what was begun.
        for op in pops:
            if op.value in starts:
                t = starts[op.value].ret + 1e-3
                history.append(c.Op("pop", op.queue, t, t + 1e-3, "intruder", op.value))
                return True
    elif bug == "lease ignored":
        for op in pops:
            t = op.ret + lease / 100
            history.append(c.Op("pop", op.queue, t, t + 1e-3, "intruder", op.value))
            return True
    elif bug == "overtaken":
        # Two that were enqueued one after the other are handed out the other way round.
        by_queue = {}
        times = collections.Counter(op.value for op in pops)
        moved = {op.value for op in history if op.kind == "front"}
        for op in sorted(pops, key=lambda op: op.call):
            if times[op.value] > 1 or op.value in moved:
                continue
            last = by_queue.get(op.queue)
            if (
                last
                and last.ret < op.call
                and enqs[last.value].ret < enqs[op.value].call
                and enqs[op.value].ret < last.call
                and last.holder != op.holder
            ):
                last.value, op.value = op.value, last.value
                history[:] = [o for o in history if o.kind != "start"]
                return True
            by_queue[op.queue] = op
    elif bug == "hidden":
        # Something waits and the answer is "nothing".
        firsts = {}
        for op in sorted(pops, key=lambda op: op.call):
            firsts.setdefault(op.value, op.call)
        for value, enq in enqs.items():
            first = firsts.get(value)
            if first is not None and first - enq.ret > 3e-6:
                middle = (first + enq.ret) / 2
                history.append(c.Op("pop", enq.queue, middle, middle + 1e-6, "idle", c.EMPTY))
                return True
    elif bug == "invented":
        first = min(enqs.values(), key=lambda op: op.call)
        history.append(
            c.Op("pop", first.queue, first.call - 2, first.call - 1, "early", first.value)
        )
        return True
    else:
        raise ValueError(bug)
    return False


BUGS = ("doubled", "lease ignored", "overtaken", "hidden", "invented")


def test_planted_bugs_are_found(rounds):
    for bug in BUGS:
        places = 0
        for seed in range(rounds):
            history = simulate(random.Random(seed), 80, leases=False, moves=False)
            history = [op for op in history if op.value != c.UNKNOWN]
            if plant(history, bug, LEASE):
                places += 1
                assert errors(history), (bug, seed)
        assert places > rounds // 4, (bug, places)


def test_what_is_lost_is_missed():
    enq = c.Op("enq", "q", 0, 1, None, "v")
    pop = c.Op("pop", "q", 2, 3, "h", "v")
    start = c.Op("start", "q", 4, 5, "h", "v")
    assert errors([enq, pop], {"v": "gone"})
    assert errors([enq, pop], {})
    assert errors([enq, pop, start], {"v": "waiting"})
    assert errors([enq, pop], {"v": "failed"})
    assert not errors([enq, pop, start], {"v": "gone"})


def run(rounds):
    """Runs all tests; returns how many there were."""
    test_right_histories_are_accepted(rounds)
    test_agrees_with_the_exhaustive_search(rounds * 5)
    test_planted_bugs_are_found(rounds)
    test_what_is_lost_is_missed()
    return 4


if __name__ == "__main__":
    print(run(400), "checks of the checker passed")
