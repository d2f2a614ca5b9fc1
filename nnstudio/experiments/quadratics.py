"""What theory says of gradient descent and momentum on a quadratic f(θ) = ½ θᵀHθ, and the iterates themselves.

Source: Polyak 1964; Nesterov 2004, section 2.1; Goh 2017, Why Momentum Really Works.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def best_rate(low: float, high: float) -> float:
    """The fastest η of gradient descent where the Hessian's eigenvalues lie in [low, high]: 2/(λ_min + λ_max)."""
    return 2 / (low + high)


def best_momentum(low: float, high: float) -> tuple[float, float]:
    """(η, β) of heavy-ball momentum: η = (2/(√λ_min + √λ_max))², β = ((√κ−1)/(√κ+1))²."""
    root_low, root_high = np.sqrt(low), np.sqrt(high)
    return float((2 / (root_low + root_high)) ** 2), float(((root_high - root_low) / (root_high + root_low)) ** 2)


def descent_factor(condition: float) -> float:
    """What each step of gradient descent leaves of the distance: (κ−1)/(κ+1)."""
    return (condition - 1) / (condition + 1)


def momentum_factor(condition: float) -> float:
    """What each step of momentum leaves of the distance, in the long run: (√κ−1)/(√κ+1)."""
    return (np.sqrt(condition) - 1) / (np.sqrt(condition) + 1)


def descend(hessian: Floats, start: Floats, rate: float, steps: int, momentum: float = 0.0) -> Floats:
    """θ_0 … θ_n of θ ← θ + v, v ← βv − ηHθ: (steps + 1) × D."""
    path, velocity = [np.asarray(start, np.float64)], np.zeros_like(start, np.float64)
    for _ in range(steps):
        velocity = momentum * velocity - rate * (hessian @ path[-1])
        path.append(path[-1] + velocity)
    return np.array(path)


def least_squares(x: Floats, t: Floats, rate: float, steps: int) -> Floats:
    """W_0 = 0 … W_n of W ← W − (α/N) Xᵀ(XW − t): (steps + 1) × D × K."""
    path = [np.zeros((x.shape[1], t.shape[1]))]
    for _ in range(steps):
        path.append(path[-1] - rate / len(x) * x.T @ (x @ path[-1] - t))
    return np.array(path)
