"""MovieLens as a task of click-through rate: who rates a movie 4 or more?"""

from diffumin_tf.data.logs import ItemTable, LogColumns, prepare_data

_HOW_TO_GET = (
    "The folder must hold ratings.csv and movies.csv of GroupLens' ml-latest-small or "
    "ml-25m."
)


def prepare_movielens(raw_dir, output):
    """Writes a folder of GroupLens' as users in the native format.

    The task is that of `gin/datasets/movielens_small.gin`, which says what is asked.

    Args:
        raw_dir: Folder with `ratings.csv` and `movies.csv`.
        output: New or empty directory.

    Returns:
        The report, a dictionary.

    Raises:
        FileNotFoundError: If a file is not there.
        ValueError: If a column or a row is wrong; it says which.
    """
    return prepare_data(
        input="ratings.csv",
        output=output,
        columns=LogColumns(
            user="userId", item="movieId", time="timestamp", rating="rating"
        ),
        item_table=ItemTable("movies.csv", key="movieId", fields=("genres",)),
        positive_rating=4,
        split="user",
        raw_dir=raw_dir,
        how_to_get=_HOW_TO_GET,
    )
