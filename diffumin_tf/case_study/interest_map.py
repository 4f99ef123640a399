"""Places in the plane for the vectors of a case, by t-SNE."""

import numpy as np

_PERPLEXITY = 30


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
        seed: Seed of t-SNE.

    Returns:
        `[N, 2]` float, NaN for zero vectors, which have no direction.

    Raises:
        ValueError: If the perplexity is not below the number of points.
    """
    from sklearn.manifold import TSNE

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
    # Exact: the faster method sums in whatever order its threads finish.
    tsne = TSNE(perplexity=perplexity, method="exact", init="pca", random_state=seed)
    places = np.full((len(directions), 2), np.nan)
    places[shown] = tsne.fit_transform(directions[shown])
    return places
