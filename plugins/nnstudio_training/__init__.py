"""Around a step: clipping, averages of the weights, rules that end a run, batch sizes that grow."""
