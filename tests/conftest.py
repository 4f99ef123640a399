"""Settings of every test: steps are few and small, so compiling them takes longest."""

import os

# Code that is slower, and made in two thirds of the time.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

import tensorflow as tf  # noqa: E402

# Commands, in processes of their own, rewrite their graphs as they do for users.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
