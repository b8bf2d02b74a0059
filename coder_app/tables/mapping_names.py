"""What names of columns say, in English and Dutch: "cliëntnr", "tasc_s01", "WAI-S item 3", "totaal_kind"."""

import re
from collections.abc import Mapping as Measures
from dataclasses import dataclass, field

from coder_app.domain.instruments import INFORMANTS, Instrument, plain_name
from coder_app.tables.columns import DYAD_NAMES, SESSION_NAMES
from coder_app.tables.mapping import ATTENDANCE, DATE, DYAD, INFORMANT, ITEM, MEASURE, SCORE, SESSION, Use
from coder_app.tables.score_cells import find_measure


def _words(text: str) -> tuple[str, ...]:
    """The words of a list that is easier to read as a sentence."""
    return tuple(text.split())


# Under these names a column is taken as what it says it is, whatever stands in it.
NEEDED = {
    DYAD: DYAD_NAMES,
    SESSION: SESSION_NAMES,
    INFORMANT: ("informant",),
    MEASURE: ("measure",),
    SCORE: ("score", "total"),
}
OPTIONAL = (DATE, ATTENDANCE)
CERTAIN = NEEDED | {name: (name,) for name in OPTIONAL}

# Under these it probably is; the first is the likeliest. Letters and digits alone count.
LIKELY = {
    DYAD: _words(
        "dyade dyadid dyadnr dyadnumber dyadcode koppel koppelnr koppelid koppelnummer pair pairid "
        "caseid casenr casus casusnr casusid recordid client cliënt clientid clientnr cliëntnr "
        "clientnummer cliëntnummer clientcode cliëntcode externalreference externaldatareference "
        "participant participantid participantnr participantcode proefpersoon proefpersoonnr ppn ppnr "
        "pp ppid subject subjectid subj subjid patient patientid patiënt patientnr dossier dossiernr "
        "dossiernummer studyid studienr studienummer respondentid respondentnr deelnemer deelnemernr "
        "deelnemerid childid kindid kindnr kindcode code codenummer nummer nr"
    ),
    SESSION: _words(
        "sessie sessienr sessienummer sessionnr sessionno sessionid sessnr sessnum treatmentsession "
        "behandelsessie zitting zittingnr zittingsnummer gesprek gespreksnr redcaprepeatinstance "
        "redcapeventname meting metingnr meetmoment afspraak visit visitnr wave timepoint week weeknr "
        "weeknummer tijdstip"
    ),
    DATE: _words(
        "datum sessiondate dateofsession datesession sessiedatum datumsessie datumzitting "
        "zittingsdatum afnamedatum datumafname invuldatum datuminvullen recordeddate enddate "
        "startdate timestamp completedon"
    ),
    INFORMANT: _words(
        "rater invuller ingevulddoor informanttype source bron filledinby filledby completedby "
        "reporter respondenttype respondent perspective perspectief rol role wie who versie version"
    ),
    MEASURE: _words(
        "questionnaire instrument vragenlijst meetinstrument lijst schaal scale redcaprepeatinstrument test"
    ),
    SCORE: _words(
        "totaalscore totaal totalscore totscore somscore sumscore sum som mean gemiddelde gem average "
        "tot scoretotaal scoretotal waarde value"
    ),
    ATTENDANCE: _words(
        "aanwezigheid aanwezig aanwezigen attended whoattended presence present wieaanwezig wiewasaanwezig"
    ),
}
# A week or a measurement is not always a treatment session.
DOUBTFUL = frozenset(
    _words(
        "nummer nr code pp week weeknr weeknummer meting metingnr meetmoment wave timepoint tijdstip "
        "visit visitnr afspraak respondent versie version rol role wie who test scale schaal tot "
        "waarde value present startdate enddate timestamp recordeddate client cliënt patient patiënt "
        "bron source redcapeventname redcaprepeatinstance redcaprepeatinstrument mean gem average"
    )
)

_INFORMANT_WORDS = {
    "child": _words(
        "child children kid youth adolescent kind kinderen jongere jeugdige cliënt client patient"
    ),
    "therapist": _words(
        "therapist therapists therapeut therapeute behandelaar hulpverlener clinician counselor"
    ),
    "parent": _words(
        "parent parents mother father mom mum dad caregiver ouder ouders moeder vader verzorger opvoeder"
    ),
}
_SHORT_INFORMANTS = {
    "child": _words("c k ch kd cl jo"),
    "therapist": _words("t th ther tp thp beh b hv"),
    "parent": _words("p o m v par oud mo va"),
}
_BY_WORD = {word: who for who, words in _INFORMANT_WORDS.items() for word in words}
_BY_SHORT_WORD = {word: who for who, words in _SHORT_INFORMANTS.items() for word in words}

_SURE_SESSION_MARKS = frozenset(_words("s sess session sessie zitting ses"))
_SESSION_MARKS = _SURE_SESSION_MARKS | frozenset(_words("t w wk week meting visit time m tijd moment event"))
_ITEM_MARKS = frozenset(_words("i item it q v vraag question itm"))
_SURE_ITEM_MARKS = frozenset(["i", "item"])
_TOTALS = frozenset(
    _words("total totaal tot sum som score somscore totaalscore mean gem gemiddelde avg average")
)
_DATES = frozenset(["date", "datum", "dat"])
_ATTENDANCES = frozenset(["attendance", "aanwezig", "aanwezigheid"])
_PART = re.compile(r"([^\W\d_]+)?([0-9]{1,4})?")
_PARTS = re.compile(r"[^\W\d_]+[0-9]{1,4}(?![0-9])|[^\W\d_]+|[0-9]+")
_ANY_BY_SESSION = re.compile(r"(.+)[_ .-]s([0-9]{1,4})(?:[ _.-]i(?:tem)?[ _.-]?([0-9]{1,3}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What the name of a column says; `loose` are numbers of which it does not say what they count."""

    use: Use
    is_sure: bool
    loose: tuple[int, ...] = ()


@dataclass
class _Parts:
    measure: Instrument | None = None
    informant: str | None = None
    session: int | None = None
    item: int | None = None
    is_total: bool = False
    role: str | None = None
    loose: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    is_sure: bool = True


def propose_informant(text: str, label: str | None = None) -> str | None:
    """Return whom a word of a file (or SPSS's label of it) probably means, to be confirmed by a person."""
    for said in (label, text):
        words = re.findall(r"[^\W\d_]+", (said or "").casefold())
        found = {_BY_WORD[word] for word in words if word in _BY_WORD}
        if len(found) == 1:
            return found.pop()
    return _BY_SHORT_WORD.get(text.casefold().strip(" ."))


def informant_in_name(name: str) -> str | None:
    """Return whom the name of a file means, such as wai_therapeut_2025.csv."""
    return propose_informant(re.sub(r"[_\d.-]+", " ", name.rsplit(".", 1)[0]))


def parse_value_column(name: str, measures: Measures[str, Instrument]) -> Named | None:
    """Return what a name says of a column of scores, answers or details of a session, None where nothing."""
    for measure in measures.values():
        for number, item in enumerate(measure.items, start=1):
            if item.code == name.casefold():
                return Named(Use(ITEM, measure.name, item=number), True)
    parts = _find_parts(name, measures)
    if not parts.unknown and (found := _as_named(parts)):
        return found
    if matched := _ANY_BY_SESSION.fullmatch(name):
        measure = find_measure(matched[1], measures)
        of = measure.name if measure else parts.measure.name if parts.measure else matched[1]
        is_sure = measure is not None or parts.measure is None
        item = int(matched[3]) if matched[3] else None
        return Named(Use(ITEM if item is not None else SCORE, of, None, int(matched[2]), item), is_sure)
    has_number = parts.session is not None or parts.item is not None or parts.loose
    if len(parts.unknown) == 1 and parts.measure and has_number and (found := _as_named(parts)):
        return Named(found.use, False, found.loose)
    return None


def _find_parts(name: str, measures: Measures[str, Instrument]) -> _Parts:
    texts = _PARTS.findall(name.casefold())
    parts = _Parts()
    start, end = _find_measure_parts(texts, measures, parts)
    # What is glued to a measure is its number: TASC1.
    rest = [*texts[:start], *([re.sub(r"[^0-9]", "", texts[end - 1])] if end > start else []), *texts[end:]]
    rest = [text for text in rest if text]
    place = 0
    while place < len(rest):
        word, number = _PART.fullmatch(rest[place]).groups()
        follows = rest[place + 1] if place + 1 < len(rest) else ""
        if word in _SESSION_MARKS | _ITEM_MARKS and number is None and follows.isdigit():
            number, place = follows, place + 1
        _add_part(parts, word, int(number) if number and len(number) <= 4 else None)
        place += 1
    return parts


def _find_measure_parts(
    texts: list[str], measures: Measures[str, Instrument], parts: _Parts
) -> tuple[int, int]:
    """The longest stretch of words that names a measure."""
    for length in range(min(4, len(texts)), 0, -1):
        for start in range(len(texts) - length + 1):
            own = texts[start : start + length]
            if length > 1 and any(character.isdigit() for text in own for character in text):
                continue
            joined = re.sub(r"[0-9]+$", "", own[0]) if length == 1 else "".join(own)
            measure = find_measure(joined, measures) if joined else None
            if measure:
                parts.measure = measure
                parts.is_total = plain_name(joined) != plain_name(measure.name)
                return start, start + length
    return 0, 0


def _add_part(parts: _Parts, word: str | None, number: int | None) -> None:
    if word is None:
        if number is not None:
            parts.loose.append(number)
    elif number is not None and word in _ITEM_MARKS and parts.item is None:
        parts.item, parts.is_sure = number, parts.is_sure and word in _SURE_ITEM_MARKS
    elif number is not None and word in _SESSION_MARKS and parts.session is None:
        parts.session, parts.is_sure = number, parts.is_sure and word in _SURE_SESSION_MARKS
    elif number is None and word in _TOTALS:
        parts.is_total = True
    elif number is None and word in _BY_WORD:
        parts.informant = _BY_WORD[word]
        parts.is_sure = parts.is_sure and word in INFORMANTS
    elif number is None and word in _DATES | _ATTENDANCES:
        parts.role = DATE if word in _DATES else ATTENDANCE
    elif number is None and word in _BY_SHORT_WORD and parts.measure is not None and parts.informant is None:
        parts.informant, parts.is_sure = _BY_SHORT_WORD[word], False
    else:
        parts.unknown.append(word)
        if number is not None:
            parts.loose.append(number)


def _as_named(parts: _Parts) -> Named | None:
    name = parts.measure.name if parts.measure else None
    if parts.role is not None:
        return Named(Use(parts.role, session=parts.session), parts.is_sure) if parts.session else None
    session, item, loose = parts.session, parts.item, list(parts.loose)
    is_sure = parts.is_sure and not loose
    if loose and item is None and (session is not None or not parts.is_total):
        item = loose.pop()
    if loose and session is None:
        session = loose.pop()
    if loose:
        return None
    if item is not None:
        if name is None and (session is not None or parts.loose or parts.informant):
            is_sure = False
            if parts.item is None:
                return None
        return Named(Use(ITEM, name, parts.informant, session, item), is_sure, tuple(parts.loose))
    if name is None and session is None and not (parts.is_total and parts.informant):
        return None
    return Named(Use(SCORE, name, parts.informant, session), is_sure and name is not None, tuple(parts.loose))
