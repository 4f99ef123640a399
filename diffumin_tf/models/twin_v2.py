"""TWIN-V2: TWIN over a history whose old part was compressed into clusters."""

import keras
from keras import ops

from diffumin_tf.layers.composition import precise_dtype
from diffumin_tf.layers.gather_behaviours import gather_behaviours
from diffumin_tf.layers.row_histories import row_histories
from diffumin_tf.models.twin import TWIN


@keras.saving.register_keras_serializable("diffumin_tf")
class TWINV2(TWIN):
    """Attends as TWIN does, a cluster of n behaviours with n times the weight.

    The batch's `history_size` `[U, L]` says how many behaviours each of the history
    stands for. Clusters are made offline, of what every impression of a user may see,
    so an impression's prefix never cuts one: it counts clusters, and after them the
    later behaviours, which stand for themselves. A batch without sizes is one of such
    behaviours alone, and then the model is TWIN.

    Its arguments are those of `TWIN`.
    """

    reads_sizes = True

    def log_sizes(self, batch, positions=None):
        sizes, users = batch.history_size, batch.user_index
        if sizes is None:
            return None
        if positions is None:
            sizes = row_histories(sizes, batch.target, users)
        else:
            sizes = gather_behaviours(sizes, positions, users)
        # Padding has size 0; the mask keeps it out.
        sizes = ops.cast(ops.maximum(sizes, 1), precise_dtype(self.compute_dtype))
        return ops.cast(ops.log(sizes), self.compute_dtype)
