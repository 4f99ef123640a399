"""What the tests of both kinds of SIM compare the second stage with."""

import numpy as np


def members_of(model, inputs, embedded, row, places):
    """z of one row, `[len(places), d_z]`: behaviours beside their gaps' embeddings."""
    history, table = np.asarray(embedded.history)[row], model.time_gap.table.numpy()
    seconds = inputs["impression_time"][row] - inputs["history_time"][row]
    last = len(table) - 1
    members = [
        np.concatenate([history[j], table[min(int(seconds[j]).bit_length(), last)]])
        for j in places
    ]
    return np.array(members).reshape(len(places), history.shape[1] + table.shape[1])
