# mypy: allow-untyped-defs, allow-untyped-calls
"""Second-order sections in series: two sections for two channels at a time, in four lanes.

They run as a wavefront, in turns of four frames: the output of a section in one
turn is the input of the next section in the turn after. So all pairs of sections
work at once, and none waits for another. At the ends of a block, where some sections
have no frame yet or none left, the sections run one by one instead, with the same
bits. A block comes out whole, without latency, and block sizes change no bit.

Direct form I in float64: only one multiply-add, by y[n - 1], depends on the frame
before. An odd last channel is computed twice.

`pairs` are the coefficients: (pairs, 5, FOUR) b0 b1 b2 -a1 -a2, each twice, for
left and right. `past` is the state for each two channels: (twos, pairs, 6, FOUR)
x[n - 1] x[n - 2] y[n - 4] .. y[n - 1]. `line` is scratch for frames on their way
through the sections: (TURN sections, 2).
"""

from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.lanes import fma, fused, joined, load_four, mul, put_two_frames, store, two_frames
from audiograph.kernel import inlined

TURN = 4  # frames


@inlined
def _coefs(c):
    return load_four(c[0]), load_four(c[1]), load_four(c[2]), load_four(c[3]), load_four(c[4])


@inlined
def _loaded(past):
    return (
        load_four(past[0]),
        load_four(past[1]),
        load_four(past[2]),
        load_four(past[3]),
        load_four(past[4]),
        load_four(past[5]),
    )


@inlined
def _stored(past, now):
    store(past[0], now[0])
    store(past[1], now[1])
    store(past[2], now[2])
    store(past[3], now[3])
    store(past[4], now[4])
    store(past[5], now[5])


@inlined
def _fed(left, right, n):
    """A turn of input in the upper lanes, where a pair of sections has its output."""
    early, late = two_frames(left, right, 2 * n), two_frames(left, right, 2 * n + 1)
    return joined(early, early), early, joined(late, late), late


@inlined
def _put(left, right, n, now):
    put_two_frames(left, right, 2 * n, joined(now[2], joined(now[3], now[3])))
    put_two_frames(left, right, 2 * n + 1, joined(now[4], joined(now[5], now[5])))


@inlined
def _turn(c, fed, past):
    """The state of a pair of sections a turn later; `fed` is what the pair before put out a turn earlier."""
    b0, b1, b2, a1, a2 = c
    x1, x2, e, f, g, h = past
    u, v, w, x = joined(fed[0], e), joined(fed[1], f), joined(fed[2], g), joined(fed[3], h)
    p = fma(a1, h, fma(a2, g, fma(b0, u, fma(b1, x1, mul(b2, x2)))))
    q = fma(a1, p, fma(a2, h, fma(b0, v, fma(b1, u, mul(b2, x1)))))
    r = fma(a1, q, fma(a2, p, fma(b0, w, fma(b1, v, mul(b2, u)))))
    y = fma(a1, r, fma(a2, q, fma(b0, x, fma(b1, w, mul(b2, v)))))
    return x, w, p, q, r, y


@inlined
def _together(left, right, out_left, out_right, turns, pairs, past):
    """Run the turns in which every section works."""
    last = pairs.shape[0] - 1
    c, now = _coefs(pairs[0]), _loaded(past[0])
    if last == 0:  # everything stays in registers
        for n in range(turns):
            now = _turn(c, _fed(left, right, n), now)
            _put(out_left, out_right, n, now)
        _stored(past[0], now)
        return
    for n in range(turns):
        for k in range(last, 0, -1):
            before = past[k - 1]
            fed = load_four(before[2]), load_four(before[3]), load_four(before[4]), load_four(before[5])
            _stored(past[k], _turn(_coefs(pairs[k]), fed, _loaded(past[k])))
        _stored(past[0], _turn(_coefs(pairs[0]), _fed(left, right, n), _loaded(past[0])))
        _put(out_left, out_right, n, _loaded(past[last]))


@inlined
def _alone(line, c, past, lane):
    """Filter the frames of a line in place through one section, that of lanes `lane` and `lane + 1`."""
    b0, b1, b2, a1, a2 = c[0, lane], c[1, lane], c[2, lane], c[3, lane], c[4, lane]
    left, right = past[:, lane], past[:, lane + 1]
    u1, u2, p2, p1 = left[0], left[1], left[4], left[5]
    v1, v2, q2, q1 = right[0], right[1], right[4], right[5]
    for n in range(line.shape[0]):
        u, v = line[n, 0], line[n, 1]
        p = fused(a1, p1, fused(a2, p2, fused(b0, u, fused(b1, u1, b2 * u2))))
        q = fused(a1, q1, fused(a2, q2, fused(b0, v, fused(b1, v1, b2 * v2))))
        u1, u2, p1, p2 = u, u1, p, p1
        v1, v2, q1, q2 = v, v1, q, q1
        line[n, 0], line[n, 1] = p, q
    left[0], left[1], left[4], left[5] = u1, u2, p2, p1
    right[0], right[1], right[4], right[5] = v1, v2, q2, q1


@inlined
def _interleaved(left, right, line):
    for n in range(left.shape[0]):
        line[n, 0], line[n, 1] = left[n], right[n]


@inlined
def _apart(line, left, right):
    for n in range(left.shape[0]):
        left[n], right[n] = line[n, 0], line[n, 1]


@inlined
def _between(line, past, is_begin):
    """Copy the last turn of output of all sections but the last from a line to their state, or back."""
    last = 2 * past.shape[0] - 2
    for k in range(last + 1):
        made, lane = line[TURN * (last - k) : TURN * (last - k + 1)], k % 2 * 2
        for n in range(TURN):
            row = past[k // 2, n + 2]
            if is_begin:
                row[lane], row[lane + 1] = made[n, 0], made[n, 1]
            else:
                made[n, 0], made[n, 1] = row[lane], row[lane + 1]


@inlined
def _one_by_one(left, right, out_left, out_right, pairs, past, line):
    """Filter a few frames, section by section."""
    _interleaved(left, right, line)
    for k in range(2 * pairs.shape[0]):
        _alone(line[: left.shape[0]], pairs[k // 2], past[k // 2], k % 2 * 2)
    _apart(line, out_left, out_right)


@inlined
def _in_turns(left, right, out_left, out_right, pairs, past, line):
    """Filter many frames: each section is a turn ahead of the next; at the end the later ones catch up."""
    sections, frames = 2 * pairs.shape[0], left.shape[0]
    lead = TURN * (sections - 1)
    turns = (frames - lead) // TURN
    done, rest = TURN * turns, frames - TURN * turns
    _interleaved(left[:lead], right[:lead], line)
    for k in range(sections - 1):
        _alone(line[: lead - TURN * k], pairs[k // 2], past[k // 2], k % 2 * 2)
    _between(line, past, True)
    _together(left[lead:], right[lead:], out_left, out_right, turns, pairs, past)
    _between(line, past, False)
    _interleaved(left[done + lead :], right[done + lead :], line[lead:])
    for k in range(sections):
        _alone(line[lead - TURN * k : rest], pairs[k // 2], past[k // 2], k % 2 * 2)
    _apart(line, out_left[done:], out_right[done:])


@inlined
def filtered(x, y, pairs, past, line):
    """Filter x through pairs of sections; y is the output."""
    for two in range(past.shape[0]):
        now, a, b = past[two], 2 * two, min(2 * two + 1, x.shape[0] - 1)
        if x.shape[1] < line.shape[0]:
            _one_by_one(x[a], x[b], y[a], y[b], pairs, now, line)
        else:
            _in_turns(x[a], x[b], y[a], y[b], pairs, now, line)
        for k in range(now.shape[0]):
            for row in range(now.shape[1]):
                for lane in range(now.shape[2]):
                    now[k, row, lane] = flush_denormals(now[k, row, lane])
