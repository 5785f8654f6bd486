"""The Brier score as a metric of predictions (Brier 1950).

    plugin load examples/plugins/brier.py
    eval a data=test metric=brier
"""
import numpy as np
from basin_plugin import metric, run


@metric(
    id="brier",
    summary="squared distance of the predicted probabilities from the truth",
    papers=["Brier (1950): Verification of forecasts expressed in terms of probability"],
)
def brier(logits, labels):
    """The mean over the samples of the squared distance between the probabilities of the classes
    and 1 for the right one, 0 for the others. From 0, always right and sure, to 2."""
    logits = logits.astype(float)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(labels)), labels] -= 1
    return (chances**2).sum(axis=1).mean()


run()
