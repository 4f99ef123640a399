import tensorflow as tf

from diffumin_tf.training.shared_mean import SharedMean


def test_the_mean_of_the_first_device_is_saved():
    mean = SharedMean()
    for value in (1.0, 2.0, 6.0):
        mean.update_state(value)
    assert float(mean.result()) == 3.0
    aggregations = {variable.value.aggregation for variable in mean.variables}
    assert aggregations == {tf.VariableAggregation.ONLY_FIRST_REPLICA}
