"""What is known of the industry world without a model, as rows of a comparison."""

import numpy as np

from diffumin_tf.data.reference_predictors import reference_scores


def true_click_rate(source, split="test"):
    """Scores each impression by its true click probability: the Bayes AUC.

    Args:
        source: Where the users come from, an `IndustryWorld` or what it wrote.
        split: The split to score.

    Returns:
        `[N]`, in the order of the users and, within one, of the impressions.

    Raises:
        ValueError: If the source is not such a world.
    """
    first, end = _world(source).split(split)
    scores = []
    for user in source.users().as_numpy_iterator():
        time = user["impression_time"]
        scores.append(user["true_ctr"][(first <= time) & (time < end)])
    return np.concatenate(scores)


def counts_of_last_100(source, split="test"):
    """Scores by a regression on matches among the last 100 behaviours.

    Arguments, result and errors are those of `true_click_rate`.
    """
    return _counted(source, split, "last_100")


def counts_of_whole_history(source, split="test"):
    """Scores by a regression on matches in the whole history.

    Arguments, result and errors are those of `true_click_rate`.
    """
    return _counted(source, split, "whole_history")


def _counted(source, split, name):
    schema = _world(source)
    users = (source.users().as_numpy_iterator() for _ in range(2))
    return reference_scores(*users, schema, test_split=split)[name]


def _world(source):
    """The source's schema."""
    if source.schema.world is None:
        raise ValueError(
            "yardsticks of the industry world need its users. Received: "
            f"{getattr(source, 'directory', source)}, which are others."
        )
    return source.schema
