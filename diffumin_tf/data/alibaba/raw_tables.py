"""What stands in each raw file, what its rows must be and which values they give."""

from dataclasses import dataclass

from diffumin_tf.data.alibaba.columns import BTAGS, PROFILE
from diffumin_tf.data.logs.row_rules import RowRule
from diffumin_tf.data.logs.sql import identifier, literal

_PRICE = "TRY_CAST(price AS DOUBLE)"


@dataclass(frozen=True)
class RawTable:
    """One raw file.

    Attributes:
        name: Of the file, without `.csv`.
        columns: Its columns.
        values: Name of a value to the SQL text that makes it of the columns' text.
        rules: What makes a row a bad one, in the order in which they are tried.
        key: The value by which rows are put into buckets.
    """

    name: str
    columns: tuple[str, ...]
    values: dict[str, str]
    rules: tuple[RowRule, ...]
    key: str


def _number(column):
    return f"TRY_CAST({identifier(column)} AS BIGINT)"


def _brand():
    """SQL text of the brand; the text `NULL` stands for none."""
    return "COALESCE(TRY_CAST(brand AS BIGINT), 0)"


def _time_rule():
    return RowRule("time_stamp", _not_whole("time_stamp"), "must be a whole number")


def _id_rules(*columns):
    text = "must be a whole number, not negative"
    return tuple(
        RowRule(c, f"{_not_whole(c)} OR starts_with({identifier(c)}, '-')", text)
        for c in columns
    )


def _brand_rule():
    (rule,) = _id_rules("brand")
    broken = f"brand <> 'NULL' AND ({rule.broken})"
    return RowRule("brand", broken, f"{rule.text}, or NULL")


def _not_whole(column):
    # There and back is cheaper than a pattern, and as strict: a cast takes 1.5 too.
    back = f"{_number(column)}::VARCHAR <> {identifier(column)}"
    return f"COALESCE({back}, true)"


SAMPLES = RawTable(
    name="raw_sample",
    columns=("user", "time_stamp", "adgroup_id", "pid", "nonclk", "clk"),
    values={
        "user": _number("user"),
        "time": _number("time_stamp"),
        "adgroup": _number("adgroup_id"),
        "pid": "COALESCE(pid, '')",
        "clk": "TRY_CAST(clk AS TINYINT)",
    },
    rules=(
        *_id_rules("user", "adgroup_id"),
        _time_rule(),
        RowRule(
            "clk",
            "NOT COALESCE(clk || nonclk IN ('01', '10'), false)",
            "must be 1 where nonclk is 0, and 0 where it is 1",
        ),
    ),
    key="user",
)
ADS = RawTable(
    name="ad_feature",
    columns=("adgroup_id", "cate_id", "campaign_id", "customer", "brand", "price"),
    values={
        "adgroup": _number("adgroup_id"),
        "cate": _number("cate_id"),
        "campaign": _number("campaign_id"),
        "customer": _number("customer"),
        "brand": _brand(),
        "price": _PRICE,
    },
    rules=(
        *_id_rules("adgroup_id", "cate_id", "campaign_id", "customer"),
        _brand_rule(),
        RowRule(
            "price",
            # With the text: DuckDB may read a column that is only cast as numbers,
            # and then stops at what is none.
            f"price = '' OR NOT COALESCE(isfinite({_PRICE}) AND {_PRICE} >= 0, false)",
            "must be a number that is not negative",
        ),
    ),
    key="adgroup",
)
PROFILES = RawTable(
    name="user_profile",
    columns=("user", *PROFILE),
    values={
        "user": _number("user"),
        **{name: f"COALESCE({identifier(name)}, '')" for name in PROFILE},
    },
    rules=_id_rules("user"),
    key="user",
)
BEHAVIOURS = RawTable(
    name="behavior_log",
    columns=("user", "time_stamp", "btag", "cate", "brand"),
    values={
        "user": _number("user"),
        "time": _number("time_stamp"),
        "cate": _number("cate"),
        "brand": _brand(),
        "btag": f"list_position({literal(BTAGS)}, btag)::TINYINT",
    },
    rules=(
        *_id_rules("user", "cate"),
        _time_rule(),
        _brand_rule(),
        RowRule(
            "btag",
            f"NOT COALESCE(list_contains({literal(BTAGS)}, btag), false)",
            f"must be one of {', '.join(BTAGS)}",
        ),
    ),
    key="user",
)
TABLES = (SAMPLES, ADS, PROFILES, BEHAVIOURS)
