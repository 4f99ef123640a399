from diffumin_tf.released_conf.entry import REPAIRED, UNKNOWN, Entry


def test_line_has_value_bindings_and_text():
    entry = Entry(REPAIRED, "timesteps", "why", 9.0, bindings=("A = 9", "B = 9"))
    assert entry.line() == "timesteps = 9.0: A = 9; B = 9; why"


def test_line_of_what_is_not_in_the_file():
    assert Entry(REPAIRED, "released code", "why", has_value=False).line() == (
        "released code: why"
    )


def test_line_stays_one_line():
    entry = Entry(UNKNOWN, "a\nb\u2028", "nothing reads c\nd", "e\r\n")
    assert entry.line() == r'"a\nb\u2028" = "e\r\n": nothing reads c d'


def test_line_is_short():
    line = Entry(UNKNOWN, "n" * 100, "why", ["v" * 100]).line()
    assert line == "n" * 57 + '... = ["' + "v" * 55 + "...: why"
