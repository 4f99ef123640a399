import pytest

from diffumin_tf.experiments.variant import Variant


@pytest.mark.parametrize(
    ("name", "slug"),
    [("DIN(S)", "din-s"), ("DiffuMIN, c = 8", "diffumin-c-8"), ("TWIN", "twin")],
)
def test_slug_is_a_plain_name(name, slug):
    assert Variant(name).slug == slug


def test_lists_as_gin_gives_them_are_kept_as_tuples():
    variant = Variant("a", ["one.gin"], ["B = 1"])
    assert (variant.gin_files, variant.bindings) == (("one.gin",), ("B = 1",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "(*)"}, r"must hold a letter or a digit. Received: name='\(\*\)'"),
        ({"name": "a", "gin_files": "one.gin"}, "gin_files must be a list"),
        ({"name": "a", "bindings": "B = 1"}, "'B = 1' in variant 'a'"),
        ({"name": "a", "published": 68.41}, "published=68.41 in variant 'a'"),
    ],
)
def test_error_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Variant(**arguments)
