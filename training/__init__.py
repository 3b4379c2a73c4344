"""The trained part: corpora, simulated mistakes, labels, fitting, evaluation, registry."""
