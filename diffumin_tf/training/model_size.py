"""How many numbers a model trains."""

import math


def model_size(model):
    """Counts the trained weights of a built model.

    Args:
        model: A `CTRModel`.

    Returns:
        `{"tables": ..., "others": ...}`: those of the embedding table and of tables
        beside it, which have a row for each id, and all others.
    """
    tables = {id(layer.table) for layer in (model.embedding, *model.side_tables)}
    sizes = [(id(v) in tables, math.prod(v.shape)) for v in model.trainable_variables]
    in_tables = sum(size for is_table, size in sizes if is_table)
    return {"tables": in_tables, "others": sum(size for _, size in sizes) - in_tables}
