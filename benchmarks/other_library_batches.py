"""Batches of `other_library_arrays.py` in the form of FuxiCTR's long-history models.

NumPy alone: this runs in the other library's environment and in ours.
"""

import json

import numpy as np

LABEL = "label"


def load_fields(directory):
    """Reads what stands behind the columns of the arrays."""
    path = directory / "fields.json"
    if not path.exists():
        raise ValueError(
            "arrays must be a directory that other_library_arrays.py finished. "
            f"Received: {directory} without {path.name}."
        )
    return json.loads(path.read_text())


def load_arrays(directory, split, num_recent):
    """Reads the arrays of a split, histories cut to the most recent behaviours."""
    with np.load(directory / f"{split}.npz") as file:
        arrays = dict(file)
    arrays["history"] = arrays["history"][:, :num_recent]
    arrays["history_length"] = np.minimum(arrays["history_length"], num_recent)
    return arrays


def feature_specs(fields):
    """The library's description of the fields: an item's, then all others.

    Args:
        fields: What `load_fields` returns.

    Returns:
        A dict of specs by name: `item` fields are those that the target shares with
        the behaviours. Fields of one table share their embeddings.
    """
    specs, first_of_table = {}, {}
    for group, source in (("target", "item"), ("other", "context")):
        for field in fields[group]:
            name = library_name(field)
            specs[name] = {
                "type": "categorical",
                "source": source,
                "vocab_size": field["num_ids"],
                "padding_idx": 0,
            }
            first = first_of_table.setdefault(field["table"], name)
            if first != name:
                specs[name]["share_embedding"] = first
    return specs


def library_name(field):
    """The field's name without a slash: the library names modules after it."""
    return field["name"].replace("/", "_")


def training_order(user_key, run_length, seed, epoch):
    """Indices that shuffle runs of a user's impressions, as `ClickData` does.

    Args:
        user_key: `[N]`, the impressions of a user in a row.
        run_length: Most impressions of a run.
        seed: Seed of the run.
        epoch: Number of the pass.

    Returns:
        `[N]`, an order that depends on (seed, epoch) alone.
    """
    place = np.arange(len(user_key))
    opens = np.r_[True, user_key[1:] != user_key[:-1]]
    first_of_user = np.maximum.accumulate(np.where(opens, place, 0))
    starts = np.flatnonzero((place - first_of_user) % run_length == 0)
    runs = np.split(place, starts[1:])
    order = np.random.default_rng([seed, epoch]).permutation(len(runs))
    return np.concatenate([runs[number] for number in order])


def library_batch(arrays, fields, rows):
    """Joins the impressions of `rows` as the library's own data loader does.

    B is the number of rows, T the longest of their histories.

    Args:
        arrays: What `load_arrays` returns.
        fields: What `load_fields` returns.
        rows: Indices of impressions.

    Returns:
        A dict of the other fields and the label, `[B]`; a dict of the item fields,
        `[B · (T + 1)]`, behaviours from the oldest to the most recent, padding
        before them and the target after them; and `[B, T]`, 1 where there is a
        behaviour.
    """
    lengths = arrays["history_length"][rows]
    longest = max(int(lengths.max()), 1)
    history = arrays["history"][rows, :longest][:, ::-1]
    items = np.concatenate([history, arrays["target"][rows][:, None]], axis=1)
    item_fields = {
        library_name(field): items[..., column].reshape(-1)
        for column, field in enumerate(fields["target"])
    }
    others = {
        library_name(field): arrays["other"][rows, column]
        for column, field in enumerate(fields["other"])
    }
    mask = np.arange(longest)[::-1] < lengths[:, None]
    batch = {**others, LABEL: arrays[LABEL][rows]}
    return batch, item_fields, mask.astype(np.float32)
