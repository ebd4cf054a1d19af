"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something that the user can put right: names the file or key, what was expected, and what to do."""
