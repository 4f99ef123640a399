from diffumin_tf.data.industry_world import IndustryWorld


def test_order_is_a_permutation_by_seed_and_epoch():
    world = IndustryWorld(num_users=50, impressions_per_user=1)

    def order(**arguments):
        users = world.users(**arguments).as_numpy_iterator()
        return [int(user["user_key"][0]) for user in users]

    assert order() == list(range(1, 51))
    assert sorted(order(seed=3)) == list(range(1, 51))
    assert order(seed=3) == order(seed=3) != order(seed=3, epoch=1)
    assert order(seed=3) != order(seed=4)
