"""What the ids of a run's data mean, kept beside the weights trained on them."""

from pathlib import Path

from diffumin_tf.feature_difference import feature_difference
from diffumin_tf.features import FeatureSpec
from diffumin_tf.training.run_directory import read_json

FEATURES = "features.json"


def check_features(run_dir, features):
    """Makes sure that data have the features that a run's weights were trained on.

    With other tables the same ids would take other rows, and nothing would fail.

    Args:
        run_dir: Directory of the run.
        features: `FeatureSpec` of the data.

    Returns:
        Whether the run says what its features were; older ones do not.

    Raises:
        ValueError: if they are others; it names the first table or field.
    """
    path = Path(run_dir, FEATURES)
    if not path.exists():
        return False
    known = FeatureSpec.from_dict(read_json(path))
    if difference := feature_difference(features, known):
        what, ours, theirs = difference
        raise ValueError(
            "data to train on must have the features that the weights were trained "
            f"with, or ids take other rows. Received: {what}: {ours} in the data, "
            f"{theirs} in {path}."
        )
    return True
