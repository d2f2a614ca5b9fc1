"""What the learning rate is multiplied by at step `step` (from 0) of `total_steps`.

Each function stands alone, imports included: its source is written into the exported script. Each holds its last value past the
end of the run, and takes a run of no steps for one of one step.
"""


def constant(step: int, total_steps: int) -> float:
    return 1.0


def linear(step: int, total_steps: int, *, until: float = 1.0, floor: float = 0.01) -> float:
    share = min(step / max(until * total_steps, 1), 1.0)
    return (1 - share) + share * floor


def polynomial(step: int, total_steps: int, *, power: float = 2.0) -> float:
    return (1 - min(step / max(total_steps, 1), 1.0)) ** power


def exponential(step: int, total_steps: int, *, k: float = 5.0, per: str = "run") -> float:
    import math

    return math.exp(-k * (step if per == "step" else step / max(total_steps, 1)))


def power_of_base(step: int, total_steps: int, *, base: float = 10.0, b: float = 2.0, per: str = "run") -> float:
    return base ** (-b * (step if per == "step" else step / max(total_steps, 1)))


def step_decay(step: int, total_steps: int, *, gamma: float = 0.1, drops: int = 2) -> float:
    return gamma ** min((drops + 1) * step // max(total_steps, 1), drops)


def polynomial_stairs(step: int, total_steps: int, *, stairs: int = 5, power: float = 1.0) -> float:
    return (1 - min(stairs * step // max(total_steps, 1), stairs - 1) / stairs) ** power


def inverse_time(step: int, total_steps: int, *, k: float = 10.0, per: str = "run") -> float:
    return 1 / (1 + k * (step if per == "step" else step / max(total_steps, 1)))


def cosine(step: int, total_steps: int, *, floor: float = 0.0) -> float:
    import math

    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(step / max(total_steps, 1), 1.0)))


def cosine_restarts(step: int, total_steps: int, *, cycles: int = 3, growth: int = 2, floor: float = 0.0) -> float:
    import math

    at = min(step, total_steps) * sum(growth**cycle for cycle in range(cycles)) / max(total_steps, 1)
    length = 1  # of the cycle, in lengths of the first
    for _ in range(cycles - 1):
        if at < length:
            break
        at, length = at - length, length * growth
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * at / length))


def warm_up(step: int, total_steps: int, *, warmup: float = 0.1, then: str = "cosine", floor: float = 0.0) -> float:
    import math

    rise = round(warmup * total_steps)
    if step < rise:
        return (step + 1) / rise
    if then == "constant":
        return 1.0
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min((step - rise) / max(total_steps - rise, 1), 1.0)))


def one_cycle(
    step: int,
    total_steps: int,
    *,
    rise: float = 0.3,
    start: float = 25.0,
    end: float = 10_000.0,
    shape: str = "cosine",
) -> float:
    import math

    top = max(rise * total_steps - 1, 0.0)  # the step of the highest rate
    if step <= top and top > 0:
        low, high, share = 1 / start, 1.0, step / top
    else:
        low, high = 1.0, 1 / (start * end)
        share = min((step - top) / max(total_steps - 1 - top, 1e-9), 1.0)
    if shape == "linear":
        return low + (high - low) * share
    return high + (low - high) / 2 * (1 + math.cos(math.pi * share))


def cyclic(step: int, total_steps: int, *, cycles: int = 4, low: float = 0.1, mode: str = "triangular") -> float:
    at = min(cycles * step / max(total_steps, 1), cycles)
    cycle = min(int(at), cycles - 1)
    height = 1 - abs(2 * (at - cycle) - 1)
    return low + (1 - low) * height * (0.5**cycle if mode == "triangular2" else 1.0)


def key_points(
    step: int,
    total_steps: int,
    *,
    points: tuple[tuple[float, float], ...] = ((0.0, 1.0), (1.0, 0.0)),
    between: str = "linear",
) -> float:
    import itertools
    import math

    at = min(step / max(total_steps, 1), 1.0)
    if at <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in itertools.pairwise(points):
        if at < right:
            share = (at - left) / (right - left)
            if between == "step":
                return low
            if between == "cosine":
                share = (1 - math.cos(math.pi * share)) / 2
            return low + (high - low) * share
    return points[-1][1]
