"""Sentences for people that the pages can translate: English text, made from a template and values."""


class Sentence(str):
    """An English sentence that remembers its template, so that whoever shows it can translate it."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]


def say(template: str, /, **values: object) -> Sentence:
    """Return a sentence from a template with `%(name)s` places; catalogs are made from these templates."""
    sentence = Sentence(template % values if values else template)
    sentence.template, sentence.values = template, values
    return sentence
