import numpy as np
import pytest

from diffumin_tf.case_study.cosines import cosines
from diffumin_tf.case_study.csv_files import cosines_csv, points_csv
from tests.case_study.small_case import small_case


def test_points():
    places = np.arange(22.0).reshape(11, 2)
    places[6] = np.nan
    lines = points_csv([small_case()], [places]).splitlines()
    assert len(lines) == 12
    assert lines[:5] == [
        "user_key,kind,channel,draw,rank,behaviours,score,when,poi,name,length,x,y",
        "5,target,,,,,0.25,1970-01-02T00:00:00,7,<a> & b,5.0,0.0,1.0",
        "5,channel,1,,,,,,,,1.0,2.0,3.0",
        "5,interest,1,,,1200,,,,,2.0,4.0,5.0",
        "5,augmented,1,1,,,,,,,5.0,6.0,7.0",
    ]
    assert lines[7] == "5,interest,2,,,0,,,,,0.0,,"
    assert lines[11] == "5,twin,,,2,,,1970-01-01T00:01:00,9,,5.0,20.0,21.0"


def test_cosines_of_two_cases():
    cases = [small_case(5), small_case(6)]
    lines = cosines_csv(cases, map(cosines, cases)).splitlines()
    assert len(lines) == 1 + 2 * 16
    assert lines[0] == "user_key,first,second,channel,draw,rank,cosine"
    assert lines[4] == "5,target,interest,2,,,"
    assert lines[7] == "5,channel,augmented,1,1,,0.0"
    assert lines[31].startswith("6,target,twin,,,1,")
    assert float(lines[31].rpartition(",")[2]) == pytest.approx(1, abs=1e-15)
