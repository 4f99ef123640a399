"""Training and evaluation: what knows TensorFlow, runs and optimisers."""
