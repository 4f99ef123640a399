"""Whether a run fits into memory, said before the system kills it without a word."""

import keras
import tensorflow as tf

from diffumin_tf.data.readable_errors import WHAT_TO_LOWER
from diffumin_tf.training.available_memory import available_memory
from diffumin_tf.training.sharded_embedding import ShardedEmbedding

# The estimate leaves out what is small or unsure: compiling (about 1 GiB), dense
# weights, histories that few impressions share. So more than there is means no, but
# for what the system can swap or drop beyond what it calls available: hence a tenth.
_MARGIN = 1.1


def check_memory(model, optimizer, data, strategy=None):
    """Refuses a run whose table and steps clearly need more memory than there is.

    Nothing is allocated. A table in parts is not counted where parameter servers have
    them; and a GPU's memory is not looked at: there TensorFlow itself says that it ran
    out.

    Args:
        model: The model to be trained, built or not.
        optimizer: Its optimizer.
        data: The `ClickData` to train on.
        strategy: The `tf.distribute.Strategy` in whose scope it will be built, if any.

    Raises:
        MemoryError: if they do; it says what takes how much and what to lower.
    """
    available = available_memory()
    if available is None or tf.config.list_physical_devices("GPU"):
        return
    every = [model.embedding, *getattr(model, "side_tables", ())]
    is_remote = isinstance(strategy, tf.distribute.ParameterServerStrategy)
    tables = [t for t in every if not (is_remote and isinstance(t, ShardedEmbedding))]
    table = sum(table_bytes(one, optimizer)[0] for one in tables)
    width = sum(one.embedding_dim for one in tables)
    step, tensor = step_bytes(model, data)
    if table + step > _MARGIN * available:
        raise MemoryError(
            f"a run must fit into memory. Received: one that needs at least "
            f"{_gib(table + step)} where {_gib(available)} are available: "
            f"{_gib(table)} for the embedding table and its optimizer "
            f"({model.embedding.num_rows} rows x {width}, "
            f"{1 + _num_slots(optimizer)} times) and {_gib(step)} for the "
            f"activations of a step ({tensor}). {WHAT_TO_LOWER}"
        )


def table_bytes(embedding, optimizer):
    """What the embedding table takes with all that the optimizer keeps of it.

    Its sightings are counted too, where it keeps them.

    Args:
        embedding: A `FeatureEmbedding`.
        optimizer: A Keras optimizer.

    Returns:
        Bytes; and how many variables of the table's size the optimizer has.
    """
    slots = _num_slots(optimizer)
    width = embedding.embedding_dim * tf.as_dtype(embedding.variable_dtype).size
    sightings = tf.int32.size if embedding.admission_count else 0
    return embedding.num_rows * (width * (1 + slots) + sightings), slots


def step_bytes(model, data):
    """About the least that a training step takes, by the model's measured share.

    How many histories a batch holds is known only where they are not shared, or where
    few impressions follow each other; else one is counted.

    Args:
        model: A `LongHistoryModel`, or another, which counts nothing.
        data: A `ClickData`.

    Returns:
        Bytes; and the sizes that make them, for people.
    """
    length = getattr(model, "num_recent", None) or data.sequence_length
    width = len(data.features.history_fields) * model.embedding.embedding_dim
    shared = getattr(model, "tensors_per_history", 0) * width * _least_histories(data)
    own = getattr(model, "tensors_per_row", 0) * width
    own += getattr(model, "floats_per_row", 0)
    floats = (shared + own * data.batch_size) * length
    sizes = f"batch_size {data.batch_size} x length {length} x width {width}"
    return round(floats * tf.as_dtype(model.compute_dtype).size), sizes


def _least_histories(data):
    if not data.grouped:
        return data.batch_size
    return -(-data.batch_size // (data.run_length or data.batch_size))


def _num_slots(optimizer):
    """Found on a tiny table: each optimizer knows what it keeps, none says so."""
    shape = (2, 3)  # like no other variable of an optimizer
    with keras.name_scope("probe"):
        table = keras.Variable(tf.zeros(shape), name="table")
    probe = type(optimizer).from_config(optimizer.get_config())
    probe.build([table])
    return sum(tuple(variable.shape) == shape for variable in probe.variables)


def _gib(count):
    return f"{count / 2**30:.1f} GiB"
