"""What is odd about the raw files, each by its name."""

import gzip

import pytest

from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.records import read_schema
from tests.data.alibaba.raw_rows import (
    DAY,
    HEADERS,
    ROWS,
    TEST,
    TRAIN,
    prepare_rows,
    users_by_key,
    write_rows,
)


def test_every_column_of_a_user(tmp_path):
    _, users = prepare_rows(tmp_path)
    assert users[1] == {
        "user_key": [1],
        "user/user": [1],
        "user/cms_segid": ["0"],
        "user/cms_group_id": ["5"],
        "user/final_gender_code": ["2"],
        "user/age_level": ["5"],
        "user/pvalue_level": [""],
        "user/shopping_level": ["3"],
        "user/occupation": ["0"],
        "user/new_user_class_level": ["3"],
        "history_time": [TRAIN - DAY, TRAIN - 1, TRAIN],
        "history/cate": [6, 5, 5],
        "history/brand": [95471, 7, 0],
        "history/btag": [2, 4, 1],
        "impression_time": [TRAIN, TEST - 1, TEST],
        "history_length": [2, 3, 3],
        "label": [0.0, 1.0, 0.0],
        "target/adgroup": [11, 12, 11],
        "target/cate": [5, 6, 5],
        "target/campaign": [21, 22, 21],
        "target/customer": [31, 32, 31],
        "target/brand": [0, 95471, 0],
        "target/btag": [0, 0, 0],
        "target/price": [2.0, 0.0, 2.0],  # log10(1 + 99), log10(1 + 0)
        "context/pid": ["430548_1007", "430539_1007", "430548_1007"],
        "context/hour": [1, 24, 1],
        "context/weekday": [6, 5, 6],
    }


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("raw_sample", "nonclk", "noclk"),
        ("raw_sample", "user,", "userid,"),
        ("behavior_log", "user,", "userid,"),
        ("user_profile", "userid,", "user,"),
        ("user_profile", "level ", "level"),
    ],
)
def test_other_names_of_columns(name, old, new, tmp_path):
    _, expected = prepare_rows(tmp_path / "first")
    header = HEADERS[name].replace(old, new)
    _, users = prepare_rows(tmp_path / "second", headers={name: header})
    assert users == expected


def test_columns_in_another_order(tmp_path):
    _, expected = prepare_rows(tmp_path / "first")
    lines = [
        line.split(",") for line in [HEADERS["behavior_log"], *ROWS["behavior_log"]]
    ]
    header, *rows = [",".join(reversed(line)) for line in lines]
    _, users = prepare_rows(
        tmp_path / "second", {"behavior_log": header}, {"behavior_log": rows}
    )
    assert users == expected


def test_archives(tmp_path):
    _, expected = prepare_rows(tmp_path / "first")
    raw = write_rows(tmp_path / "raw")
    for name in ("behavior_log", "user_profile"):
        path = raw / f"{name}.csv"
        with gzip.open(f"{path}.gz", "wb") as file:
            file.write(path.read_bytes())
        path.unlink()
    prepare_alibaba(raw, tmp_path / "users", num_shards=1)
    assert users_by_key(tmp_path / "users") == expected


def test_the_log_is_unsorted_and_has_duplicates(tmp_path):
    _, expected = prepare_rows(tmp_path / "first")
    rows = [*reversed(ROWS["behavior_log"]), ROWS["behavior_log"][0]]
    report, users = prepare_rows(tmp_path / "second", rows={"behavior_log": rows})
    assert users == expected
    assert report["duplicates_dropped"]["behavior_log"] == 1


def test_what_differs_in_one_column_is_no_duplicate(tmp_path):
    first = (1, TRAIN - 5, "pv", 5, 7)
    others = [(1, TRAIN - 5, "cart", 5, 7), (1, TRAIN - 5, "pv", 6, 7)]
    others += [(1, TRAIN - 5, "pv", 5, 8), (1, TRAIN - 6, "pv", 5, 7)]
    rows = [",".join(map(str, row)) for row in [first, *others]]
    report, users = prepare_rows(tmp_path, rows={"behavior_log": rows})
    assert report["duplicates_dropped"]["behavior_log"] == 0
    # Ties by category, brand and behaviour.
    assert users[1]["history_time"] == [TRAIN - 6] + 4 * [TRAIN - 5]
    assert users[1]["history/cate"] == [5, 5, 5, 5, 6]
    assert users[1]["history/brand"] == [7, 7, 7, 8, 7]
    assert users[1]["history/btag"] == [1, 1, 2, 1, 1]


def test_a_user_without_profile(tmp_path):
    rows = {"user_profile": ROWS["user_profile"][1:]}
    report, users = prepare_rows(tmp_path / "first", rows=rows)
    profile = [v for n, v in users[1].items() if n.startswith("user/")]
    assert sorted(map(str, profile)) == sorted([*8 * ["['']"], "[1]"])
    assert report["impressions_kept_without_profile"] == 3
    more = {**rows, "raw_sample": [*ROWS["raw_sample"], f"2,{TEST},12,x,1,0"]}
    report, users = prepare_rows(tmp_path / "second", rows=more, described_only=True)
    assert list(users) == [2] and report["impressions_kept"] == 2
    assert report["impressions_dropped"]["without profile or ad"] == 3


def test_an_ad_that_is_not_described(tmp_path):
    rows = {"ad_feature": ROWS["ad_feature"][:1]}
    report, users = prepare_rows(tmp_path / "first", rows=rows)
    assert users[2]["target/adgroup"] == [12]
    for name in ("cate", "campaign", "customer", "brand", "price"):
        assert users[2][f"target/{name}"] == [0]
    assert report["impressions_kept_without_ad"] == 2
    report, users = prepare_rows(tmp_path / "second", rows=rows, described_only=True)
    assert list(users) == [1] and users[1]["impression_time"] == [TRAIN, TEST]


def test_descriptions_that_repeat(tmp_path):
    rows = {name: 2 * ROWS[name] for name in ("ad_feature", "user_profile")}
    report, users = prepare_rows(tmp_path, rows=rows)
    assert len(users[1]["label"]) == 3
    assert report["duplicates_dropped"]["ad_feature"] == 2
    assert report["duplicates_dropped"]["user_profile"] == 2


def test_days_begin_at_midnight_in_beijing(tmp_path):
    seconds = [TRAIN - 1, TRAIN, TEST - 1, TEST, TEST + DAY - 1, TEST + DAY]
    rows = {"raw_sample": [f"1,{time},11,x,1,0" for time in seconds]}
    report, users = prepare_rows(tmp_path, rows=rows)
    assert users[1]["impression_time"] == seconds[1:-1]
    assert report["impressions_dropped"]["outside of 6 to 13 May"] == 2
    assert [s["impressions"] for s in report["splits"].values()] == [2, 2]
    assert users[1]["context/hour"] == [1, 24, 1, 24]
    # 6 May 2017 was a Saturday.
    assert users[1]["context/weekday"] == [6, 5, 6, 6]
    assert read_schema(tmp_path / "users").splits == {
        "train": (TRAIN, TEST),
        "test": (TEST, TEST + DAY),
    }


def test_behaviours_out_of_the_days(tmp_path):
    first = TRAIN - 14 * DAY
    seconds = [-5, 0, first - 1, first, TEST + DAY]
    rows = {"behavior_log": [f"1,{time},pv,5,7" for time in seconds]}
    report, users = prepare_rows(tmp_path, rows=rows)
    assert users[1]["history_time"] == [first]
    dropped = report["behaviours_dropped"]["outside of 22 April to 13 May"]
    assert dropped == 4


def test_behaviours_that_nobody_sees(tmp_path):
    rows = [f"1,{TEST},pv,5,7", f"1,{TEST + 1},pv,5,7", f"9,{TRAIN},pv,5,7"]
    rows += [f"2,{TRAIN + second},pv,5,7" for second in range(7)]
    report, users = prepare_rows(
        tmp_path, rows={"behavior_log": rows}, sequence_length=3
    )
    assert users[1]["history_time"] == []
    assert users[2]["history_time"] == [TRAIN + 4, TRAIN + 5, TRAIN + 6]
    assert users[2]["history_length"] == [3]
    assert report["behaviours_dropped"] == {
        "outside of 22 April to 13 May": 0,
        "of users without impressions": 1,
        "not earlier than the last impression": 2,
        "not among the last of any impression": 4,
    }


def test_min_count_leaves_rare_ids_unknown(tmp_path):
    report, _ = prepare_rows(tmp_path, min_count=2)
    spec = read_schema(tmp_path / "users").features
    found = {table.name: list(table.vocabulary) for table in spec.tables}
    # Before the test: user 1 twice; ad 11 once, ad 12 twice; categories and brands
    # also in the log.
    assert found["user"] == [1]
    assert found["adgroup"] == [12] and found["campaign"] == [22]
    assert found["cate"] == [5, 6] and found["brand"] == [95471]
    assert found["pid"] == ["430548_1007"]
    assert found["cms_segid"] == ["0"] and found["age_level"] == ["5"]
    assert report["tables"]["adgroup"] == {
        "kind": "vocabulary",
        "size": 1,
        "ids": 2,
        "ids_that_are_unknown": 1,
    }


def test_ids_of_the_test_alone_are_unknown(tmp_path):
    rows = {"raw_sample": [*ROWS["raw_sample"], f"3,{TEST},13,y,1,0"]}
    _, users = prepare_rows(tmp_path, rows=rows)
    spec = read_schema(tmp_path / "users").features
    assert list(spec.table("user").vocabulary) == [1, 2]
    assert list(spec.table("adgroup").vocabulary) == [11, 12]
    assert "y" not in spec.table("pid").vocabulary
    assert users[3]["target/adgroup"] == [13]


def test_history_and_target_share_tables(tmp_path):
    prepare_rows(tmp_path)
    spec = read_schema(tmp_path / "users").features
    pairs = zip(spec.history_fields, spec.target_fields, strict=True)
    assert [(h.name, t.name) for h, t in pairs] == [
        (f"history/{name}", f"target/{name}") for name in ("cate", "brand", "btag")
    ]
