"""Which behaviours TWIN's first stage selects."""

import numpy as np
from keras import ops


def twin_selection(model, batch, num_behaviours):
    """The selected behaviours of each row by their place in the stored history.

    Args:
        model: A built `TWIN`.
        batch: An `EmbeddedBatch` of it.
        num_behaviours: `[B]` int, the behaviours stored before each impression.

    Returns:
        An int array for each row, in the order of TWIN's walk along its heads'
        rankings; places count from the oldest behaviour, from 0.
    """
    _, seen = model.read_history(batch, training=False)
    names = (seen["positions"], seen["chosen"], batch.start)
    rows = zip(*map(ops.convert_to_numpy, names), num_behaviours, strict=True)
    # A window holds the most recent behaviour first.
    return [
        np.asarray(count - 1 - (positions - start))[chosen]
        for positions, chosen, start, count in rows
    ]
