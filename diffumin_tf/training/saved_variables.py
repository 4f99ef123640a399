"""What a checkpoint holds and what a model has, under the same names.

The keys of a checkpoint will not do: they are the shortest of several paths, so those
of a model's variables may lead through its optimizer. The graph of objects beside them
has the paths by which the code itself reaches a variable.
"""

from collections import deque

import keras
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_OPTIMIZER = "optimizer"  # A compiled model's; its state is no part of the model.


def saved_shapes(path, part):
    """Shapes of the variables below a part of a checkpoint, by name.

    Args:
        path: The checkpoint's, without its ending.
        part: Name of the part, as the checkpoint's maker called it.

    Returns:
        Dictionary of name, such as `"embedding/table"`, to tuple; empty where there is
        no such part.

    Raises:
        tf.errors.OpError: if it cannot be read.
    """
    reader = tf.train.load_checkpoint(path)
    graph = _object_graph(reader)
    shapes = reader.get_variable_to_shape_map()

    def children(number):
        return {c.local_name: c.node_id for c in graph.nodes[number].children}

    root = children(0).get(part)
    nodes = {} if root is None else _by_name(root, children, lambda number: number)
    return {
        name: tuple(shapes[attribute.checkpoint_key])
        for name, number in nodes.items()
        for attribute in graph.nodes[number].attributes
    }


def _object_graph(reader):
    try:
        text = reader.get_tensor(_GRAPH)
    except IndexError as error:  # What the reader raises where a file ends too early.
        raise tf.errors.DataLossError(None, None, str(error)) from error
    return trackable_object_graph_pb2.TrackableObjectGraph.FromString(text)


def without_optimizer(model):
    """A model's parts, to be saved or restored in its place.

    Of a checkpoint restored into the model itself TensorFlow would keep the optimizer's
    part, and restore it into whatever optimizer the model is compiled with, then or
    later.
    """
    parts = tf.train.TrackableView(model).children(model)
    parts.pop(_OPTIMIZER, None)
    return tf.train.Checkpoint(**parts)


def model_shapes(model):
    """Shapes of a built model's variables by name, as `saved_shapes` names them."""
    view = tf.train.TrackableView(model)
    nodes = _by_name(model, view.children, id)
    return {
        name: tuple(node.shape)
        for name, node in nodes.items()
        if isinstance(node, keras.Variable | tf.Variable)
    }


def _by_name(root, children, key):
    """Name to node, each by the shortest path, or the first of them in the alphabet."""
    found, seen, waiting = {}, {key(root)}, deque([("", root)])
    while waiting:
        prefix, node = waiting.popleft()
        for name, child in sorted(children(node).items()):
            if name != _OPTIMIZER and key(child) not in seen:
                seen.add(key(child))
                found[prefix + name] = child
                waiting.append((f"{prefix}{name}/", child))
    return found
