"""Sentences in other words or another order (easy data augmentation, Wei & Zou 2019). Each function stands alone: its source is written
into the exported script.

A batch is N × T whole numbers, `padding` standing for no word, behind the others; every sample draws for itself, from `generator`.
"""

import torch


def random_swap(
    batch: torch.Tensor, generator: torch.Generator, *, share: float = 0.1, padding: int = 0
) -> torch.Tensor:
    """share · length times (at least once), two words at random places change places."""
    tokens = batch.clone()
    is_word = (tokens != padding).cpu()
    lengths = is_word.sum(1)
    times = torch.where((lengths > 1) & (share > 0), (share * lengths).round().clamp(min=1), 0)
    for turn in range(int(times.max()) if len(tokens) else 0):
        pair = torch.rand(tokens.shape, generator=generator).masked_fill_(~is_word, -1).topk(2, 1).indices
        rows = (times > turn).nonzero()
        places = pair[rows[:, 0]]
        rows, places = rows.to(batch.device), places.to(batch.device)
        tokens[rows, places] = tokens[rows, places.flip(1)]
    return tokens


def random_deletion(
    batch: torch.Tensor, generator: torch.Generator, *, p: float = 0.1, padding: int = 0
) -> torch.Tensor:
    """Each word left out with probability p, but never all; the others close up, padding behind."""
    is_word = (batch != padding).cpu()
    drawn = torch.rand(batch.shape, generator=generator).masked_fill_(~is_word, -1)
    kept = is_word & ((drawn >= p) | (drawn == drawn.max(1, keepdim=True).values))
    order = (~kept).to(torch.uint8).argsort(dim=1, stable=True).to(batch.device)
    kept = kept.to(batch.device)
    return batch.masked_fill(~kept, padding).gather(1, order)


def synonyms(
    batch: torch.Tensor,
    generator: torch.Generator,
    *,
    file: str,
    vocabulary: str = "",
    replace: float = 0.1,
    insert: float = 0.1,
    padding: int = 0,
    known: dict[tuple[str, str], tuple[torch.Tensor, torch.Tensor]] = {},  # noqa: B006 — what the files said, for the next batch
) -> torch.Tensor:
    """replace · length words become one of their synonyms; then, insert · length times, a synonym of a word comes in at a random place.

    Each at least once where its share is above 0; words without synonyms stay, and a full sentence takes no more.
    """
    from pathlib import Path

    if (file, vocabulary) not in known:  # token → how many synonyms it has, and a row of them
        groups = [line.replace(",", " ").split() for line in Path(file).read_text("utf-8").splitlines()]
        if vocabulary:
            words = [line.strip() for line in Path(vocabulary).read_text("utf-8").splitlines()]
            numbers = {word: place for place, word in enumerate(words)}
            groups = [[str(numbers[word]) for word in group if word in numbers] for group in groups]
        others: dict[int, set[int]] = {}
        for group in groups:
            for token in map(int, group):
                others.setdefault(token, set()).update({*map(int, group)} - {token})
        table = torch.zeros(
            max(others, default=0) + 1, max(map(len, others.values()), default=1) or 1, dtype=torch.long
        )
        amounts = torch.zeros(len(table), dtype=torch.long)
        for token, found in others.items():
            amounts[token] = len(found)
            table[token, : len(found)] = torch.tensor(sorted(found), dtype=torch.long)
        known[file, vocabulary] = amounts, table
    amounts, table = known[file, vocabulary]
    tokens, width = batch.cpu(), batch.shape[1]
    lengths = (tokens != padding).sum(1, keepdim=True)

    row = tokens.clamp(0, len(table) - 1)
    can = (tokens == row) & (tokens != padding) & (amounts[row] > 0)
    rank = torch.rand(tokens.shape, generator=generator).masked_fill_(~can, 2).argsort(1).argsort(1)
    synonym = table[row, (torch.rand(tokens.shape, generator=generator) * amounts[row]).long()]
    chosen = can & (rank < (replace * lengths).round().clamp(min=1)) & (replace > 0)
    tokens = torch.where(chosen, synonym, tokens)

    times = (insert * lengths).round().clamp(min=1) if insert > 0 else torch.zeros_like(lengths)
    for turn in range(int(times.max()) if len(tokens) else 0):
        row = tokens.clamp(0, len(table) - 1)
        can = (tokens == row) & (tokens != padding) & (amounts[row] > 0)
        source = torch.rand(tokens.shape, generator=generator).masked_fill_(~can, -1).argmax(1, keepdim=True)
        choice, place = torch.rand(2, len(tokens), 1, generator=generator)
        word = row.gather(1, source)
        new = table[word, (choice * amounts[word]).long()]
        lengths = (tokens != padding).sum(1, keepdim=True)
        fits = can.any(1, keepdim=True) & (lengths < width) & (times > turn)
        place, columns = (place * (lengths + 1)).long(), torch.arange(width)
        behind = torch.where(columns == place, new, tokens.roll(1, 1))
        tokens = torch.where(fits & (columns >= place), behind, tokens)
    return tokens.to(batch.device)


def back_translation(
    batch: torch.Tensor,
    generator: torch.Generator,
    *,
    translator: str,
    vocabulary: str = "",
    p: float = 0.1,
    padding: int = 0,
    known: dict[str, list[str]] = {},  # noqa: B006 — what the vocabulary said, for the next batch
) -> torch.Tensor:
    """With probability p, the sentence as `translator` says it after going to another language and back."""
    import importlib
    from pathlib import Path

    module, _, name = translator.partition(":")
    translate = getattr(importlib.import_module(module), name)
    if vocabulary and vocabulary not in known:
        known[vocabulary] = [line.strip() for line in Path(vocabulary).read_text("utf-8").splitlines()]
    words = known.get(vocabulary, [])
    numbers = {word: place for place, word in enumerate(words)}
    rows = torch.arange(len(batch))[torch.rand(len(batch), generator=generator) < p]
    chosen: list[list[int]] = batch[rows.to(batch.device)].cpu().numpy().tolist()
    if not chosen:
        return batch
    sentences = [[token for token in row if token != padding] for row in chosen]
    if words:
        texts = translate([" ".join(words[token] for token in sentence) for sentence in sentences])
        answers = [[numbers[word] for word in text.split() if word in numbers] for text in texts]
    else:
        answers = translate(sentences)
    result = batch.clone()
    for row, sentence, answer in zip(rows, sentences, answers, strict=True):
        kept = (answer or sentence)[: batch.shape[1]]
        result[row] = padding
        result[row, : len(kept)] = torch.tensor(kept).to(batch)
    return result
