"""What services raise; views turn each into one kind of answer."""


class NotFound(Exception):  # noqa: N818 - reads as the sentence that it is
    """There is no such thing for this viewer; whether it exists for others is not told."""


class Refused(Exception):  # noqa: N818 - reads as the sentence that it is
    """What was asked cannot be done; the text tells people why and what to do."""
