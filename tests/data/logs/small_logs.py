"""Made-up files in the layouts of the logs that gin files name."""

import random


def write_checkins(folder):
    """`Jakarta.csv`: 6 users, 30 venues, three weeks."""
    draw = random.Random(0)
    hours = sorted(draw.randrange(24 * 21) for _ in range(120))
    lines = ["user,order,hour_of_week,abs_hour_est,venue,category"]
    for order, hour in enumerate(hours):
        venue = draw.randrange(30)
        row = (draw.randrange(6), order, hour % 168, hour, venue, venue % 7)
        lines.append(",".join(map(str, row)))
    (folder / "Jakarta.csv").write_text("\n".join(lines) + "\n")


def write_movielens(folder):
    """`ratings.csv` and `movies.csv`: 4 users, 40 movies."""
    draw = random.Random(0)
    ratings, genres = ["userId,movieId,rating,timestamp"], ["Drama", "Comedy|Drama"]
    for user in range(1, 5):
        for movie in draw.sample(range(1, 41), 10):
            time = 1_000_000_000 + draw.randrange(500)
            ratings.append(f"{user},{movie},{draw.randrange(1, 11) / 2},{time}")
    movies = ["movieId,title,genres"]
    movies += [f'{movie},"Film, {movie}",{genres[movie % 2]}' for movie in range(1, 41)]
    (folder / "ratings.csv").write_text("\n".join(ratings) + "\n")
    (folder / "movies.csv").write_text("\n".join(movies) + "\n")
