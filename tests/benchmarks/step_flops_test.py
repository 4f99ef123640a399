"""The formula of a step's arithmetic against the products that XLA is given."""

import pytest
import tensorflow as tf

from benchmarks import batches, steps
from benchmarks.step_flops import multiply_adds
from benchmarks.workload import Workload
from diffumin_tf.training.step_core import StepCore
from tests.hlo import count_products, program

SEARCH_STEPS = 16  # of each loop of the search for the k-th largest score


@pytest.mark.slow
def test_the_formula_counts_the_products_of_the_program():
    workload = Workload(
        6, 2000, num_channels=3, num_sampling_steps=5, num_rows=500, short_term_length=9
    )
    impressions, labels = batches.draw_impressions(workload)
    inputs = batches.deduplicated(impressions, workload.num_rows)
    model = steps.build_ours(steps.make_diffumin(workload), inputs)
    inputs, labels, weights = model._unpack((inputs, labels))
    columns = (inputs, labels, weights)
    gathered = (model.gather(inputs["rows"]), [])
    state = [[tf.constant(v.value) for v in part] for part in model.core_variables()]
    core = StepCore(model, jit_compile=True)._forward_backward
    text = program(core, gathered, *columns, *state)

    def trips(loop):
        return SEARCH_STEPS if "omie" in loop else workload.num_sampling_steps

    counted = count_products(text, trips)
    # To the last one: the formula divides a whole number by B.
    formula = sum(multiply_adds(workload).values()) * workload.batch_size
    assert round(formula, 3) == counted
