"""Places in the plane for the vectors of a case, by t-SNE."""

import numpy as np

_PERPLEXITY = 30
_STARTS = 4


def check_perplexity(perplexity):
    """Refuses what no case could take, before anything is computed.

    Raises:
        ValueError: If it is given and not positive.
    """
    if perplexity is not None and not perplexity > 0:
        raise ValueError(f"perplexity must be positive. Received: {perplexity}.")


def interest_map(case, perplexity=None, seed=0):
    """Fits t-SNE to the directions of one case.

    Lengths are left out: channels have length 1 by their definition, augmented
    interests are made of interests brought to length 1, targets and behaviours have
    whatever length training gave them; near each other would be what is of one kind.

    Args:
        case: A `Case`.
        perplexity: About how many neighbours a point keeps; None for 30, or a third
            of the points if that is less.
        seed: Seed of the starts: what differs with another seed is chance.

    Returns:
        `[N, 2]` float, NaN for zero vectors, which have no direction.

    Raises:
        ValueError: If the perplexity is not below the number of points.
    """
    directions = case.directions()
    shown = directions.any(axis=1)
    count = int(shown.sum())
    if perplexity is None:
        perplexity = min(_PERPLEXITY, (count - 1) / 3)
    if not 0 < perplexity < count:
        raise ValueError(
            "perplexity must be positive and below the number of points. Received: "
            f"{perplexity} for {count} points of user {case.user_key}."
        )
    places = np.full((len(directions), 2), np.nan)
    places[shown] = _best_fit(directions[shown], perplexity, seed)
    return places


def _best_fit(directions, perplexity, seed):
    """The map with the least divergence among those of several random starts.

    From principal components every seed would give one map, in which behaviours with
    the same ids hide each other.
    """
    from sklearn.manifold import TSNE

    best, least = None, np.inf
    for start in np.random.SeedSequence(seed).generate_state(_STARTS):
        # Exact: the faster method sums in whatever order its threads finish.
        tsne = TSNE(
            perplexity=perplexity,
            method="exact",
            init="random",
            random_state=int(start),
        )
        places = tsne.fit_transform(directions)
        if best is None or tsne.kl_divergence_ < least:
            best, least = places, tsne.kl_divergence_
    return best
