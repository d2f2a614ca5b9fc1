"""`nnstudio compare`, `crossvalidate` and `ensemble`."""

import json

import pytest


def test_compare_prints_a_table_and_words_and_writes_a_report(nnstudio, xor, home):
    words = (
        "compare",
        xor,
        "--vary",
        "recipe.optimizer=torch.sgd(momentum=0.9),torch.adam",
        "--seeds",
        "2",
        "--epochs",
        "2",
    )
    done = nnstudio(*words, "--out", home / "race", "--safe-mode")
    assert done.code == 0, done.err
    assert "SGD (momentum 0.9)" in done.out
    assert "Adam − SGD (momentum 0.9):" in done.out
    assert "2 of 2" in done.out
    page = (home / "race" / "report.html").read_text("utf-8")
    assert "Averaged predictions" in page
    again = nnstudio(*words, "--out", home / "race", "--safe-mode", "--json")
    assert len(again.values[0]["arms"]) == 2
    assert len([path for path in (home / "race").iterdir() if (path / "run.json").is_file()]) == 4

    runs = sorted(path.parent for path in (home / "race").glob("*/run.json"))
    joined = nnstudio("ensemble", *runs, "--safe-mode")
    assert joined.code == 0, joined.err
    assert "Together: loss" in joined.out
    assert len(nnstudio("ensemble", *runs, "--safe-mode", "--json").values[0]["single"]) == 4


@pytest.mark.curriculum("H2")
def test_cross_validation_gives_mean_and_spread(nnstudio, xor, home):
    done = nnstudio("crossvalidate", xor, "--folds", "3", "--epochs", "2", "--safe-mode", "--json")
    assert done.code == 0, done.err
    value = done.values[0]
    assert value["arms"][0]["final"]["validation/loss"]["n"] == 3
    assert (home / "xor.compare" / "3-fold_cross-validation" / "report.json").is_file()
    kept = json.loads((home / "xor.compare" / "3-fold_cross-validation" / "report.json").read_bytes())
    assert "over 3 folds" in kept["words"][0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--vary", "recipe.optimizer"), "--vary"),
        (("--vary", "recipe.optimizer=nothing"), "nothing"),
        (("--vary", "recipe.nothing=1,2"), "nothing"),
        (("--seeds", "none"), "seeds"),
        (("--arm", "recipe.batch_size=3"), "no name"),
        (("--ready", "dropout"), "no dropout"),
        (("--vary", "recipe.batch_size=-1,8"), "-1"),
    ],
)
def test_what_cannot_be_compared_is_said(nnstudio, xor, home, words, said):
    done = nnstudio("compare", xor, *words, "--safe-mode")
    assert done.code == 1
    assert said in done.err.replace("−", "-")
    assert not (home / "xor.compare").exists()


def test_cross_validation_needs_two_folds(nnstudio, xor):
    assert nnstudio("crossvalidate", xor, "--folds", "1").code == 1


def test_compare_from_python(xor, home):
    from nnstudio import compare

    results = compare(xor, {"recipe.batch_size": [8, 32]}, seeds=2, epochs=1, folder=home / "sizes")
    assert "Best in the mean over seeds" in results.words()[0]
    assert (home / "sizes" / "report.html").is_file()
