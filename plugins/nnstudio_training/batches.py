"""How large the batches of an epoch are. Each function stands alone: its source is written into the exported script. No torch."""


def grow(
    epoch: int,
    epochs: int,
    batch_size: int,
    *,
    at: int | tuple[int, ...] = (4, 7),
    factor: float = 2.0,
    maximum: int = 8192,
) -> int:
    grown = sum(epoch >= begin for begin in (at if isinstance(at, tuple | list) else (at,)))
    return max(batch_size, min(round(batch_size * factor**grown), maximum))
