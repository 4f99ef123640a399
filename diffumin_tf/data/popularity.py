"""Predictors that know the target item alone, as a yardstick for models.

A model of the history must beat them to have learnt anything of the user.
"""

import numpy as np

from diffumin_tf.data.split_part import SplitPart

_PRIOR_IMPRESSIONS = 20


def item_popularity(source, split="test"):
    """Scores each impression by how often its item was clicked in training.

    Args:
        source: Where the users come from, such as `UserRecords`.
        split: The split to score; the clicks are those of the train split.

    Returns:
        `[N]`, in the order of the users and, within one, of the impressions.
    """
    clicks, _, _ = _item_counts(source, split)
    return clicks


def item_click_rate(source, split="test"):
    """Scores each impression by its item's click rate in training.

    An item seldom shown is drawn to the rate of all: 20 impressions at that rate
    are added to its own. Arguments and result are those of `item_popularity`.
    """
    clicks, impressions, rate = _item_counts(source, split)
    return (clicks + _PRIOR_IMPRESSIONS * rate) / (impressions + _PRIOR_IMPRESSIONS)


def _item_counts(source, split):
    """Training clicks and impressions `[N]` of each scored item, and the rate."""
    schema = source.schema
    # The history's first field is what the behaviours are: the item.
    field = schema.features.target_fields[0].name
    learnt, shown = (
        SplitPart.of(schema, name, schema.splits[name]) for name in ("train", split)
    )

    def select(user):
        (first, end), (start, stop) = learnt.bounds(user), shown.bounds(user)
        items = user[field]
        return items[first:end], user["label"][first:end], items[start:stop]

    # In the graph, so that the histories stay there.
    users = source.users().map(select).as_numpy_iterator()
    train, labels, scored = zip(*users, strict=True)
    train, labels = np.concatenate(train), np.concatenate(labels)
    if not len(train):
        raise ValueError("the train split must hold impressions. Received: none.")
    scored, place = np.unique(np.concatenate(scored), return_inverse=True)
    clicks = _count(train[labels == 1], scored)
    return (
        clicks[place],
        _count(train, scored)[place],
        float(labels.mean(dtype=np.float64)),
    )


def _count(items, wanted):
    """How often each of the sorted, distinct `wanted` is among `items`."""
    found, counts = np.unique(items, return_counts=True)
    known = np.isin(wanted, found)
    result = np.zeros(len(wanted), np.int64)
    result[known] = counts[np.searchsorted(found, wanted[known])]
    return result
