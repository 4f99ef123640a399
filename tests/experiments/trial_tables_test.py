from diffumin_tf.experiments.trial import Trial, best_of
from diffumin_tf.experiments.trial_tables import trials_csv, trials_markdown

TRIALS = [
    Trial(1, {"A": "2", "B": "[1, 2]"}, failure="scores must not be NaN"),
    Trial(2, {"A": "2", "B": "[3, 4]"}, auc=0.70004, gauc=0.6, log_loss=0.51),
    Trial(3, {"A": "4", "B": "[1, 2]"}, auc=0.71, log_loss=0.5),
    Trial(4, {"A": "4", "B": "[3, 4]"}, auc=0.71, log_loss=0.4),
]


def test_trials_as_they_are_read_the_best_first():
    assert trials_markdown(TRIALS) == (
        "| trial | A | B | validation AUC | GAUC | log loss |\n"
        "|---|---|---|---|---|---|\n"
        "| 3 | 4 | [1, 2] | .7100 | – | .5000 |\n"
        "| 4 | 4 | [3, 4] | .7100 | – | .4000 |\n"
        "| 2 | 2 | [3, 4] | .7000 | .6000 | .5100 |\n"
        "| 1 | 2 | [1, 2] | failed | – | – |\n"
    )


def test_trials_in_full_as_they_were_tried():
    assert trials_csv(TRIALS).splitlines() == [
        "trial,A,B,auc,gauc,log_loss,best,failure",
        '1,2,"[1, 2]",,,,0,scores must not be NaN',
        '2,2,"[3, 4]",0.70004,0.6,0.51,0,',
        '3,4,"[1, 2]",0.71,,0.5,1,',
        '4,4,"[3, 4]",0.71,,0.4,0,',
    ]


def test_no_trial_is_best_where_all_failed():
    assert best_of(TRIALS[:1]) is None
    assert trials_csv(TRIALS[:1]).splitlines()[1].endswith(",0,scores must not be NaN")
