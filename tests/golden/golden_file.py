"""A golden file, and what its names stand for in the layers."""

import dataclasses
import json

import numpy as np


@dataclasses.dataclass
class Golden:
    """A golden file: its arrays, its meta and what they say of the options."""

    arrays: dict
    meta: dict

    @classmethod
    def load(cls, path):
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = arrays.pop("meta_json", None)
        return cls(arrays, json.loads(str(meta)) if meta is not None else {})

    def __getitem__(self, name):
        return self.arrays[name]

    def names(self, prefix):
        return [name for name in self.arrays if name.startswith(prefix)]

    @property
    def is_preset(self):
        return self.meta.get("mode") == "preset"


_BLOCK_PARTS = {
    "self": "self_attention_layer",
    "cross": "cross_attention_layer",
    "q": "query_dense",
    "k": "key_dense",
    "v": "value_dense",
    "o": "output_dense",
    "ffn1": "inner_dense",
    "ffn2": "outer_dense",
}


def head_variable(calibrator, path):
    """A contrastive head's weight: `head1`, perhaps its layer, and what it is."""
    head = {"head1": "aggregated_head", "head2": "augmented_head"}[path[0]]
    layer = getattr(calibrator, head)
    return getattr(layer.get_layer(path[1]) if len(path) == 3 else layer, path[-1])


def step_variable(step_embedding, path):
    """A weight of the step embedding: `dense0` or `dense1`, and what it is."""
    name = {"dense0": "inner_dense", "dense1": "outer_dense"}[path[0]]
    return getattr(getattr(step_embedding, name), path[1])


def block_variable(owner, path, norms):
    """A weight of a block of `owner`, whose norms are called norm1, norm2, ... ."""
    layer = owner.blocks[int(path[0].removeprefix("block"))]
    names = _BLOCK_PARTS | {f"norm{n + 1}": norm for n, norm in enumerate(norms)}
    for name in path[1:-1]:
        layer = getattr(layer, names[name])
    return getattr(layer, path[-1])


def tower_variable(tower, path):
    layers = {layer.name: layer for layer in tower.stages}
    kind, number = (
        path[0].rstrip("0123456789"),
        path[0].lstrip("abcdefghijklmnopqrstuvwxyz"),
    )
    prefix = {"fc": "dense", "bn": "batch_norm", "dice": "activation", "out": "logit"}
    names = {"pop_mean": "moving_mean", "pop_std": "moving_deviation"}
    # The released tower's last batch norm stands on the logit.
    layer = layers.get(prefix[kind] + number) or layers["logit_norm"]
    return getattr(layer, names.get(path[1], path[1]))


def rows_first(array):
    """Golden arrays put the channel before the row; the layers the row first."""
    return np.swapaxes(array, 0, 1)


def channels_first(tensor):
    return np.swapaxes(np.asarray(tensor), 0, 1)
