"""Augmentations of text, declared; what they compute is in `text_functions`."""

from typing import Annotated

from nnstudio.api import AugmentationSpec, Field, Params, Ui

Share = Annotated[float, Field(ge=0, le=1), Ui(symbol="α")]
Chance = Annotated[float, Field(ge=0, le=1), Ui(symbol="p")]
Padding = Annotated[int, Field(ge=0), Ui(advanced=True)]


class RandomSwap(Params):
    """Lets two words of a sentence change places, several times.

    Formula: α · length times, words at two random places are exchanged
    Source: Wei & Zou 2019 (EDA)
    """

    share: Share = 0.1
    """Exchanges for each word of the sentence; above 0 there is at least one."""
    padding: Padding = 0
    """The token that stands for no word."""


class RandomDeletion(Params):
    """Leaves some words of a sentence out; the others close up.

    Formula: each word goes with probability p; one is always left
    Source: Wei & Zou 2019 (EDA)
    """

    p: Chance = 0.1
    """How many of the words."""
    padding: Padding = 0
    """The token that stands for no word."""


class Synonyms(Params):
    """Says some words otherwise, and puts synonyms of words in at random places.

    Formula: α_r · length words are replaced by a synonym; α_i · length times a synonym is inserted
    Source: Wei & Zou 2019 (EDA)
    """

    file: Annotated[str, Field(min_length=1), Ui(widget="file")]
    """Your groups of synonyms, one a line, separated by blanks or commas: words, or numbers of tokens."""
    vocabulary: Annotated[str, Ui(widget="file")] = ""
    """Where the groups are words: the words by number, one a line, the first being token 0."""
    replace: Annotated[float, Field(ge=0, le=1), Ui(symbol="α_r")] = 0.1
    """Words replaced, as a share of the sentence; above 0 there is at least one."""
    insert: Annotated[float, Field(ge=0, le=1), Ui(symbol="α_i")] = 0.1
    """Words inserted, as a share of the sentence, as long as there is room."""
    padding: Padding = 0
    """The token that stands for no word."""


class BackTranslation(Params):
    """Says a sentence as it comes back from another language, through a translator of yours.

    Formula: back(there(sentence)) with probability p
    Source: Sennrich et al. 2016
    """

    translator: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
    """module:function of a Python function that takes a list of sentences, there and back, and gives as many."""
    vocabulary: Annotated[str, Ui(widget="file")] = ""
    """The words by number, one a line: then sentences are texts. Without it they are lists of token numbers."""
    p: Chance = 0.1
    """How many of the sentences."""
    padding: Padding = 0
    """The token that stands for no word."""


def _spec(name: str, title: str, params: type[Params], formula: str, *aliases: str) -> AugmentationSpec:
    function = f"nnstudio_augmentation.text_functions:{name}"
    return AugmentationSpec(
        f"nnstudio.{name}", title, params, function, ("tokens",), category="text", formula=formula, aliases=aliases
    )


TEXT = [
    _spec("random_swap", "Random swap", RandomSwap, "tᵢ ↔ tⱼ", "EDA"),
    _spec(
        "random_deletion", "Random deletion", RandomDeletion, "each word goes with probability p", "EDA", "word dropout"
    ),
    _spec("synonyms", "Synonyms", Synonyms, "word → synonym", "EDA", "synonym replacement", "random insertion"),
    _spec("back_translation", "Back-translation", BackTranslation, "back(there(sentence))", "paraphrase"),
]
