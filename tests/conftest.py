"""A setting of every test: what is compiled is small and runs a few times."""

import os

# Code that is slower, and made in two thirds of the time.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
