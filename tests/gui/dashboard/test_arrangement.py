"""Cards as text, their order, and where they lie."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.gui.dashboard.arrangement import CardChoice, Place, drop_index, moved, places, read_card, shown_cards
from nnstudio.plugins import load
from nnstudio.registry import Registry

REGISTRY = load(safe_mode=True, bundled=("nnstudio_views",)).registry
GAP, SMALLEST = 12, (200, 180)

settings_of_metric = st.fixed_dictionaries(
    {},
    optional={
        "smoothing": st.floats(0, 0.999),
        "axis": st.sampled_from(["epochs", "steps"]),
        "log_y": st.booleans(),
        "metric": st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20).filter(
            lambda t: t == t.strip()
        ),
    },
)


@given(settings_of_metric)
def test_a_card_reads_back_from_its_text(params):
    choice = CardChoice("nnstudio.metric", params)
    read = read_card(choice.text, REGISTRY)
    assert read == choice
    assert read.text == choice.text


def test_a_card_without_settings_is_its_views_id():
    assert CardChoice("nnstudio.loss").text == "nnstudio.loss"
    assert CardChoice("nnstudio.loss", {"log_y": True}).text == "nnstudio.loss?log_y=true"


def test_an_unknown_view_keeps_its_settings():
    text = "stranger.view?depth=3&name=a+b"
    assert read_card(text, REGISTRY).text == text


def test_no_arrangement_means_the_default_views():
    shown = [choice.view for choice in shown_cards((), REGISTRY)]
    assert shown == ["nnstudio.loss", "nnstudio.metric", "nnstudio.predictions", "nnstudio.confusion"]
    assert shown_cards((), Registry()) == []


@given(st.integers(1, 8), st.data())
def test_moving_puts_a_card_before_the_named_one(count, data):
    cards = [CardChoice(str(index)) for index in range(count)]
    index = data.draw(st.integers(0, count - 1))
    to = data.draw(st.integers(0, count))
    result = moved(cards, index, to)
    assert sorted(card.view for card in result) == sorted(card.view for card in cards)
    if to not in (index, index + 1):
        place = result.index(cards[index])
        assert (result[place + 1] if place + 1 < count else None) == (cards[to] if to < count else None)
    else:
        assert result == cards


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(150, 2500), st.integers(100, 900))
@settings(deadline=None)
def test_cards_fill_the_width_without_covering_each_other(widths, width, height):
    found = places(widths, (width, height), smallest=SMALLEST, gap=GAP)
    assert len(found) == len(widths)
    rows: dict[int, list[Place]] = {}
    for place in found:
        rows.setdefault(place.y, []).append(place)
    for row in rows.values():
        assert row[0].x == 0
        assert row[-1].x + row[-1].width == width
        assert all(a.x + a.width + GAP == b.x for a, b in itertools.pairwise(row))
        assert len(row) == 1 or all(place.width >= SMALLEST[0] - 1 for place in row)
        assert all(place.height >= SMALLEST[1] for place in row)
    tops = sorted(rows)
    assert all(b - a == found[0].height + GAP for a, b in itertools.pairwise(tops))
    assert [place for y in tops for place in rows[y]] == found


def test_four_cards_stand_in_one_row_of_the_design():
    found = places([2, 1, 1, 1], (1300, 330), smallest=SMALLEST, gap=GAP)
    assert {place.y for place in found} == {0}
    assert found[0].height == 330
    assert found[0].width == pytest.approx(1.414 * found[1].width, abs=2)


@given(st.floats(0, 1000), st.floats(0, 400))
def test_a_dropped_card_lands_beside_the_nearest_one(x, y):
    found = places([1, 1, 1], (1000, 300), smallest=SMALLEST, gap=GAP)
    index = drop_index(found, x, y)
    assert 0 <= index <= 3
    centres = [place.x + place.width / 2 for place in found]
    assert index == sum(x > centre for centre in centres)


def test_nothing_to_lay_out():
    assert places([], (100, 100), smallest=SMALLEST, gap=GAP) == []
    assert drop_index([], 3, 4) == 0
