"""A click of one user, by its place among the user's impressions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Click:
    """The impression that a case is about.

    Attributes:
        user_key: The user.
        place: Which of the user's stored impressions it is, from 0.
        behaviours: Behaviours before it.
    """

    user_key: int
    place: int
    behaviours: int
