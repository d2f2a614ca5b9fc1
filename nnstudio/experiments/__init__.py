"""Experiments on the model in hand: what a course shows in a lecture, measured on one's own network. Only `table` and `forms` are torch-free."""
