from diffumin_tf.experiments import number_text
from diffumin_tf.experiments.measure import Measure
from tests.experiments.small_results import over


def test_no_zero_before_the_point_and_a_real_minus():
    assert number_text.decimals(0.73126, 4) == ".7313"
    assert number_text.decimals(-0.00714, 4, "+") == "−.0071"
    assert number_text.decimals(1.01, 4) == "1.0100"
    assert number_text.decimals(12345.6, 0) == "12,346"


def test_measures():
    assert number_text.spread(Measure(0.7, 0.01)) == ".7000 ± .0100"
    assert number_text.spread(Measure(0.7, None)) == ".7000"
    assert number_text.spread(Measure(1234.5, 99.6), 0) == "1,234 ± 100"
    assert number_text.spread(None) == "–"


def test_differences():
    difference = over("x", -0.00714, -0.01004, 0.00002, p_value=0.001953125)
    assert number_text.interval(difference) == "−.0071 [−.0100, +.0000]"
    assert number_text.p_value(difference) == ".002"
    assert number_text.interval(None) == number_text.p_value(None) == "–"
    assert number_text.p_value(over("x", 0.1, 0.0, 0.2, p_value=None)) == "–"


def test_shares_and_counts():
    assert number_text.percent(-3.216) == "−3.22 %"
    assert number_text.percent(0.5) == "+.50 %"
    assert number_text.count(1234567) == "1,234,567"
    assert number_text.percent(None) == number_text.count(None) == "–"
