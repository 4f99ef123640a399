"""Raw folders of a few rows, in the layout of Tianchi 56."""

from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.records import UserRecords

DAY = 86_400
# Midnight in Beijing as 6 and 13 May 2017 begin.
TRAIN, TEST = 1_494_000_000, 1_494_604_800

HEADERS = {
    "raw_sample": "user,time_stamp,adgroup_id,pid,nonclk,clk",
    "ad_feature": "adgroup_id,cate_id,campaign_id,customer,brand,price",
    # As in the real file, with a space at the end.
    "user_profile": "userid,cms_segid,cms_group_id,final_gender_code,age_level,"
    "pvalue_level,shopping_level,occupation,new_user_class_level ",
    "behavior_log": "user,time_stamp,btag,cate,brand",
}
ROWS = {
    "raw_sample": [
        f"1,{TRAIN},11,430548_1007,1,0",
        f"1,{TEST - 1},12,430539_1007,0,1",
        f"1,{TEST},11,430548_1007,1,0",
        f"2,{TRAIN + 7},12,430548_1007,1,0",
    ],
    "ad_feature": ["11,5,21,31,NULL,99.0", "12,6,22,32,95471,0"],
    "user_profile": ["1,0,5,2,5,,3,0,3", "2,7,5,1,5,2,3,1,"],
    "behavior_log": [
        f"1,{TRAIN},pv,5,NULL",
        f"1,{TRAIN - 1},buy,5,7",
        f"1,{TRAIN - DAY},cart,6,95471",
    ],
}


def write_rows(folder, headers=None, **rows):
    """Writes the four files: `ROWS`, but for the rows and headers given."""
    folder.mkdir(parents=True, exist_ok=True)
    headers = {**HEADERS, **(headers or {})}
    for name, lines in {**ROWS, **rows}.items():
        text = "\n".join([headers[name], *lines]) + "\n"
        (folder / f"{name}.csv").write_text(text)
    return folder


def prepare_rows(folder, headers=None, rows=None, **arguments):
    """Report, and users by key, of a folder written by `write_rows`."""
    write_rows(folder / "raw", headers, **(rows or {}))
    arguments = {"num_shards": 1, **arguments}
    report = prepare_alibaba(folder / "raw", folder / "users", **arguments)
    return report, users_by_key(folder / "users")


def users_by_key(directory):
    """Key to the columns of a user, as lists, text as `str`."""
    users = UserRecords(directory).users().as_numpy_iterator()
    return {int(user["user_key"][0]): _lists(user) for user in users}


def _lists(user):
    return {
        name: [v.decode() if isinstance(v, bytes) else v for v in values.tolist()]
        for name, values in user.items()
    }
