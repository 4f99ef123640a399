"""The paper's case study: interests of a few users, in pictures and numbers."""

from diffumin_tf.case_study.collect_cases import collect_cases
from diffumin_tf.case_study.cosine_tables import cosine_tables, note
from diffumin_tf.case_study.cosines import cosines
from diffumin_tf.case_study.csv_files import cosines_csv, points_csv
from diffumin_tf.case_study.find_clicks import clicks_of, longest_histories
from diffumin_tf.case_study.interest_map import check_perplexity, interest_map
from diffumin_tf.case_study.page import make_page
from diffumin_tf.case_study.picture import draw_picture
from diffumin_tf.data.readable_errors import readable_errors, readable_memory_errors
from diffumin_tf.training.run_directory import RunDirectory


def case_study(
    run,
    output_dir,
    users=None,
    num_users=2,
    split="test",
    twin=None,
    num_draws=8,
    perplexity=None,
    seed=0,
):
    """Writes `case_study.png`, `case_study.html`, `points.csv` and `cosines.csv`.

    Files of those names are replaced, each at once. The same runs, arguments and
    versions of the packages give the same bytes.

    Args:
        run: The `TrainedRun` of a `DiffuMIN`.
        output_dir: Directory of the files, made if absent.
        users: Keys of the users, each with the first click in the split; None for
            the `num_users` with the most behaviours before it.
        num_users: How many, where `users` is None; the paper shows 2.
        split: The split of the clicks.
        twin: The `TrainedRun` of a `TWIN` trained on the same data; None for none.
        num_draws: Draws of each augmented interest. The first is the one that the
            score is made of; the paper shows one.
        perplexity: Of t-SNE; None for 30, or less where there are few points.
        seed: As in `interest_map`.

    Returns:
        The `Case`s.

    Raises:
        ValueError: If an argument is out of its range, or a user is unknown or did
            not click.
        OSError: If the files cannot be written.
        MemoryError: If a batch does not fit into memory.
    """
    _check(run.model, users, num_users, num_draws, seed)
    check_perplexity(perplexity)
    output = RunDirectory(output_dir)
    source = run.data.source
    with readable_memory_errors(), readable_errors(source):
        if users is None:
            clicks = longest_histories(source, split, num_users)
        else:
            clicks = clicks_of(source, split, users)
        cases = collect_cases(run, clicks, split, num_draws, twin)
    maps = [interest_map(case, perplexity, seed) for case in cases]
    page = make_page("Case study", _about(run, twin, split, seed), cases, maps)
    output.write_bytes("case_study.png", draw_picture(cases, maps))
    output.write_text("case_study.html", page)
    output.write_text("points.csv", points_csv(cases, maps))
    output.write_text("cosines.csv", cosines_csv(cases, map(cosines, cases)))
    _print(cases)
    return cases


def _check(model, users, num_users, num_draws, seed):
    if users is not None and (not users or len(set(users)) < len(users)):
        raise ValueError(f"users must be different users. Received: {list(users)}.")
    for name, value, least in (("num_users", num_users, 1), ("seed", seed, 0)):
        if value < least:
            raise ValueError(f"{name} must be at least {least}. Received: {value}.")
    most = model.generator.noise_bank_size
    if not 1 <= num_draws <= most:
        raise ValueError(
            f"num_draws must lie in 1..noise_bank_size ({most}). Received: {num_draws}."
        )


def _about(run, twin, split, seed):
    """What the page says of its making."""
    lines = [
        f"Run {run.name}, split {split}, t-SNE with seed {seed}, fitted for each user "
        "alone to vectors at unit length. Neighbours in a panel are alike; distances "
        "between groups, and the groups' sizes, mean nothing: for those see the "
        "cosines below."
    ]
    if twin is not None:
        lines.append(
            f"Gray: the behaviours that the first stage of the TWIN of {twin.name} "
            "selects. Its own embeddings are another space, so they are shown where "
            "DiffuMIN's table embeds them: the choice is TWIN's, the place DiffuMIN's."
        )
    return lines


def _print(cases):
    print(note(cases[0]))
    for case in cases:
        for table in cosine_tables(case):
            print("\n".join(["", *table.lines()]))
