# SPDX-License-Identifier: Apache-2.0
"""Is a history of calls on queues what a first-in-first-out queue with leases could have done?

A history is a list of Ops, each with the times of its call and its return. Queues are checked one
by one: linearisability is local, a history is linearisable if it is for each object alone. Why the
rules below never accuse a right server, and what they catch, is written in README.md.
"""

import bisect
import heapq
from collections import defaultdict

INF = float("inf")
EMPTY = None
UNKNOWN = "?"  # the answer was lost: whatever the call did, it did after its call
MAX_OFFERS = 4


class Op:
    """One call. `value` is what was enqueued, started or moved, or what a pop or peek answered."""

    __slots__ = ("kind", "queue", "call", "ret", "holder", "value")

    def __init__(self, kind, queue, call, ret, holder=None, value=None):
        self.kind, self.queue, self.call, self.ret = kind, queue, call, ret
        self.holder, self.value = holder, value

    def __repr__(self):
        return (
            f"{self.kind} {self.queue} [{self.call:.6f}, {self.ret:.6f}] "
            f"{self.holder or ''} {self.value}"
        )


class Value:
    """All that happened to one enqueued thing. Each is enqueued once."""

    __slots__ = ("name", "enqueue", "pops", "starts", "fronts", "periods")

    def __init__(self, name):
        self.name, self.enqueue = name, None
        self.pops, self.starts, self.fronts = [], [], []
        self.periods = []


class Period:
    """Pops of one value by one holder that may have been of one lease."""

    __slots__ = ("holder", "begin", "first_ret", "last_ret")

    def __init__(self, holder, begin, ret):
        self.holder, self.begin, self.first_ret, self.last_ret = holder, begin, ret, ret


class Checker:
    """`lease_s`: how long a lease lasts. `slack_s`: how late a lease may end. `cut_s`: a call whose
    connection was cut takes effect within that time or never."""

    def __init__(self, lease_s, slack_s=1.0, cut_s=5.0):
        self.lease, self.slack, self.cut = lease_s, slack_s, cut_s
        self.errors = []

    def check(self, history, final=None):
        """Returns what is wrong, as texts. `final`: value -> "gone", "waiting" or "failed"."""
        by_queue = defaultdict(list)
        for op in history:
            by_queue[op.queue].append(op)
        for queue in sorted(by_queue):
            self._check_queue(by_queue[queue], final)
        return self.errors

    def _wrong(self, rule, text):
        if len(self.errors) < 100:
            self.errors.append(f"{rule}: {text}")

    # -- what is known ---------------------------------------------------------------------------

    def _check_queue(self, ops, final):
        values, looks, lost = {}, [], defaultdict(list)
        for op in ops:
            if op.kind == "enq":
                value = values.setdefault(op.value, Value(op.value))
                if value.enqueue:
                    raise ValueError(f"{op.value} is enqueued twice: not a history of this test")
                value.enqueue = op
        for op in ops:
            if op.kind == "enq":
                continue
            if op.kind == "pop" and op.value == UNKNOWN:
                lost[op.holder].append(op)
                continue
            if op.kind in ("pop", "peek"):
                looks.append(op)
            if op.value in (EMPTY, UNKNOWN):
                continue
            value = values.get(op.value)
            if value is None or op.ret < value.enqueue.call:
                self._wrong("fresh", f"{op} before it was enqueued")
                continue
            if op.kind == "pop":
                value.pops.append(op)
            elif op.kind == "start":
                value.starts.append(op)
            elif op.kind == "front":
                value.fronts.append(op)
        blind = self._resolve(lost, values)
        for value in values.values():
            value.pops.sort(key=lambda op: op.call)
            seen = [op.ret for op in value.pops + value.starts]
            value.enqueue.ret = min([value.enqueue.ret, *seen])
            value.periods = self._periods(value, blind)
            self._check_exclusive(value)
            self._check_started(value)
        self._check_same_again(ops, values)
        windows = self._windows(values, blind)
        dark, hidden = self._dark(lost, looks)
        self._check_empty([op for op in looks if op.value is EMPTY], windows, dark)
        self._check_order(values, looks, windows, dark)
        if final is not None:
            self._check_final(values, final, hidden)

    def _resolve(self, lost, values):
        """Lost pops, by the value each may have taken: those their holder was answered soon after.
        Gives {(holder, value): earliest call}."""
        blind = {}
        for value in values.values():
            # Whoever begins a value has it, perhaps from a lost pop.
            for pop in value.pops + value.starts:
                for gone in lost.get(pop.holder, ()):
                    if gone.call <= pop.call <= gone.call + max(self.cut, self.lease):
                        key = (pop.holder, value.name)
                        blind[key] = min(blind.get(key, INF), gone.call)
        return blind

    def _dark(self, lost, looks):
        """Times in which a lost pop may hold a value that nobody can name, because its holder never
        asked again: no rule that reasons from what surely waits is applied there. And when those
        pops may have taken effect at the latest: each may be an offer that nobody counted."""
        asked = defaultdict(list)
        for op in looks:
            if op.kind == "pop":
                asked[op.holder].append(op.call)
        out, hidden = [], []
        for holder, ops in lost.items():
            calls = sorted(asked[holder])
            for op in ops:
                at = bisect.bisect_right(calls, op.call)
                if at < len(calls) and calls[at] <= op.call + self.lease:
                    continue
                latest = min(op.ret, op.call + self.cut)
                hidden.append(latest)
                out.append((op.call, latest + self.lease + self.slack))
        return _merged(out), sorted(hidden)

    def _periods(self, value, blind):
        periods = []
        for pop in value.pops:
            call = min(pop.call, blind.get((pop.holder, value.name), INF))
            mine = [p for p in periods if p.holder == pop.holder]
            last = mine[-1] if mine else None
            # Asked again before the lease can have been over, or perhaps: the same lease.
            if last and pop.call <= last.last_ret + self.lease + self.slack:
                last.last_ret = max(last.last_ret, pop.ret)
                continue
            periods.append(Period(pop.holder, call, pop.ret))
        return sorted(periods, key=lambda p: p.begin)

    # -- the rules -------------------------------------------------------------------------------

    def _check_exclusive(self, value):
        for i, a in enumerate(value.periods):
            for b in value.periods[i + 1 :]:
                if a.holder == b.holder:
                    continue
                b_after_a = b.first_ret >= a.begin + self.lease
                a_after_b = a.first_ret >= b.begin + self.lease
                if not b_after_a and not a_after_b:
                    self._wrong(
                        "exclusive",
                        f"{value.name} was handed to {a.holder} at {a.begin:.6f} and to "
                        f"{b.holder} at {b.begin:.6f}, within one lease",
                    )
        if len(value.periods) > MAX_OFFERS:
            self._wrong("offers", f"{value.name} was offered {len(value.periods)} times")

    def _check_started(self, value):
        if not value.starts:
            return
        begun = min(op.ret for op in value.starts)
        for pop in value.pops:
            if pop.call > begun:
                self._wrong("once", f"{pop} after it was begun at {begun:.6f}")

    def _check_same_again(self, ops, values):
        """Who holds a value and asks again gets that value."""
        held = {}
        pops = [op for op in ops if op.kind == "pop" and op.value != UNKNOWN]
        for op in sorted(pops, key=lambda op: op.call):
            before = held.get(op.holder)
            if before is not None and before.value != op.value and before.ret < op.call:
                value = values.get(before.value)
                begun = value is None or any(s.call < op.ret for s in value.starts)
                mine = [p for p in value.periods if p.holder == op.holder] if value else []
                sure = mine and op.ret < mine[0].begin + self.lease
                if not begun and sure:
                    self._wrong("same again", f"{op}, but it holds {before.value}")
            if op.value is not EMPTY:
                held[op.holder] = op

    def _windows(self, values, blind):
        """(begin, end, value) in which a value surely waits."""
        out = []
        for value in values.values():
            leaves = [
                min(op.call, blind.get((op.holder, value.name), INF)) for op in value.starts
            ]
            begun = min(leaves) if leaves else INF
            first = min(begun, value.periods[0].begin if value.periods else INF)
            if value.enqueue.ret < first:
                out.append((value.enqueue.ret, first, value))
            # It waits again once no lease of so far can last. Not behind the last offers: what was
            # offered too often is failed, and an offer whose answer was lost is not counted here.
            reach = -INF
            for i, period in enumerate(value.periods[: MAX_OFFERS - 2]):
                reach = max(reach, period.last_ret + self.lease + self.slack)
                after = value.periods[i + 1].begin if i + 1 < len(value.periods) else INF
                if reach < min(after, begun):
                    out.append((reach, min(after, begun), value))
        return out

    def _check_empty(self, empties, windows, dark):
        """A queue in which something surely waits at every moment of a call is not empty."""
        union = _merged([(w[0], w[1]) for w in windows])
        begins = [w[0] for w in union]
        for op in empties:
            if _touches(dark, op.call, op.ret):
                continue
            at = bisect.bisect_right(begins, op.call) - 1
            if at >= 0 and union[at][1] > op.ret:
                self._wrong("empty", f"{op}, but something waited all the time")

    def _check_order(self, values, looks, windows, dark):
        """Nothing is handed out while something else surely stands before it."""
        grants = []
        for value in values.values():
            for period in value.periods:
                # It was there by then: a call that took it did so after it came.
                grants.append((max(period.begin, value.enqueue.call), period.first_ret, value))
        for op in looks:
            if op.kind == "peek" and op.value in values:
                value = values[op.value]
                grants.append((max(op.call, value.enqueue.call), op.ret, value))
        grants = [g for g in grants if not _touches(dark, g[0], g[1])]
        grants.sort(key=lambda g: g[0])
        self._check_enqueued_order(grants, windows)
        self._check_moved_order(grants, windows)

    def _check_enqueued_order(self, grants, windows):
        first = sorted((w for w in windows if w[0] == w[2].enqueue.ret), key=lambda w: w[0])
        begins = [w[0] for w in first]
        latest, best = [], (-INF, None)
        for window in first:
            best = max(best, (window[1], window[2]), key=lambda b: b[0])
            latest.append(best)
        again = sorted((w for w in windows if w[0] != w[2].enqueue.ret), key=lambda w: w[0])
        active, fed = [], 0
        for call, ret, value in grants:
            while fed < len(again) and again[fed][0] <= call:
                heapq.heappush(active, (again[fed][1], fed))
                fed += 1
            while active and active[0][0] <= call:
                heapq.heappop(active)
            if any(f.call < ret for f in value.fronts):
                continue
            at = bisect.bisect_left(begins, min(value.enqueue.call, call)) - 1
            if at >= 0 and latest[at][0] > ret:
                self._wrong(
                    "order", f"{value.name} at {call:.6f}, before {latest[at][1].name} in front"
                )
            for end, index in active:
                other = again[index][2]
                if end > ret and other is not value and other.enqueue.ret < value.enqueue.call:
                    self._wrong(
                        "order", f"{value.name} at {call:.6f}, before {other.name}, offered again"
                    )

    def _check_moved_order(self, grants, windows):
        """What was moved to the front stands before all that was not, or not since."""
        moved = []
        for begin, end, value in windows:
            for front in value.fronts:
                if front.ret < end and front.ret < INF:
                    moved.append((max(begin, front.ret), end, value, front))
        moved.sort(key=lambda w: w[0])
        active, fed = [], 0
        for call, ret, value in grants:
            while fed < len(moved) and moved[fed][0] <= call:
                heapq.heappush(active, (moved[fed][1], fed))
                fed += 1
            while active and active[0][0] <= call:
                heapq.heappop(active)
            for end, index in active:
                other, front = moved[index][2], moved[index][3]
                later = any(f.ret > front.call for f in value.fronts)
                if end > ret and other is not value and not later:
                    self._wrong("order", f"{value.name} at {call:.6f}, before {other.name}, moved")

    def _check_final(self, values, final, hidden):
        for value in values.values():
            state = final.get(value.name)
            if state is None:
                self._wrong("lost", f"nothing is known of {value.name} in the end")
            elif state == "waiting" and value.starts:
                self._wrong("once", f"{value.name} was begun and waits in the end")
            elif state == "gone" and not value.starts:
                self._wrong("lost", f"{value.name} is gone and was never begun")
            elif state == "failed":
                offers = len(value.periods)
                unseen = len(hidden) - bisect.bisect_left(hidden, value.enqueue.call)
                if offers + unseen < MAX_OFFERS:
                    self._wrong("lost", f"{value.name} failed after {offers} offers")


def _merged(spans):
    out = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out


def _touches(spans, begin, end):
    at = bisect.bisect_left(spans, (end, INF))
    return at > 0 and spans[at - 1][1] >= begin
