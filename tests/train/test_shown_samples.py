"""Which samples a person is shown: the worst, and enough of the rest to see what is right."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.train.measure import worst_and_others


@given(st.integers(1, 2000), st.integers(2, 60))
def test_the_worst_half_and_an_even_rest_in_order_without_repeats(total, count):
    ranked = torch.arange(total)
    shown = worst_and_others(ranked, count).tolist()
    assert len(shown) == min(total, count)
    assert shown == sorted(set(shown))
    if total > count:
        assert shown[: count // 2] == list(range(count // 2))
        assert shown[-1] == total - 1
