"""What the learning rate is multiplied by at step `step` (from 0) of `total_steps`.

Each function stands alone, imports included: its source is written into the exported script.
"""


def constant(step: int, total_steps: int) -> float:
    return 1.0


def step_decay(step: int, total_steps: int, *, gamma: float = 0.1, drops: int = 2) -> float:
    return gamma ** ((drops + 1) * step // total_steps)


def exponential(step: int, total_steps: int, *, k: float = 5.0) -> float:
    import math

    return math.exp(-k * step / total_steps)


def cosine(step: int, total_steps: int, *, floor: float = 0.0) -> float:
    import math

    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * step / total_steps))


def warm_up(step: int, total_steps: int, *, warmup: float = 0.1, then: str = "cosine", floor: float = 0.0) -> float:
    import math

    rise = round(warmup * total_steps)
    if step < rise:
        return (step + 1) / rise
    if then == "constant":
        return 1.0
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * (step - rise) / (total_steps - rise)))
