from diffumin_tf.data.eleme.list_order import timediff_order


def test_counts_lists_that_rise_and_lists_that_fall():
    rising, falling = [b"1;5;3", b";2;9", b"0.5;1.5"], [b"5;1", b"-1;-2"]
    neither = [b"", b";", b"7", b"3;9;3", b"a;b"]
    assert timediff_order(rising + falling + neither) == (3, 2)
