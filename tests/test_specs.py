"""What a docstring says of a plugin: the sentence, the formula and the source."""

import pytest

from nnstudio.params import Params
from nnstudio.plugins import load
from nnstudio.specs import LossParams, describe


class InOneLine(Params):
    """x · σ(βx). β = 0 gives x/2.   Source: Ramachandran et al. 2017."""


class InLines(Params):
    """Looks up a vector
    for each number.

    Formula: y = E[x]
    Source: Bengio et al. 2003

    More for readers of the code.
    """


class Silent(Params):
    pass


def test_sentence_formula_and_source_are_told_apart():
    assert describe(InOneLine) == ("x · σ(βx). β = 0 gives x/2.", "", "Ramachandran et al. 2017.")
    assert describe(InLines) == ("Looks up a vector for each number.", "y = E[x]", "Bengio et al. 2003")


def test_one_who_says_nothing_is_described_by_nothing():
    assert describe(Params) == ("", "", "")
    assert describe(Silent) == ("", "", "")


@pytest.mark.parametrize("kind", ["layer", "optimizer", "schedule", "initializer", "regularizer"])
def test_everything_built_in_is_described(kind):
    for spec in load(safe_mode=True).registry.of(kind).values():
        sentence, _, _ = describe(spec.params)
        assert sentence.endswith((".", ":")), spec.id
        assert spec.params.__doc__ != LossParams.__doc__, spec.id
