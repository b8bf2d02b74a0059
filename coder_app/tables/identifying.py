"""Columns that tell who somebody is, which a study should not hold: names, addresses, dates of birth."""

import re

from coder_app.domain.instruments import plain_name
from coder_app.tables.mapping_contents import Contents

_NAMES = (
    "name naam voornaam achternaam voorletters initialen initials firstname lastname surname familyname "
    "fullname roepnaam childname kindnaam naamkind therapistname naamtherapeut recipientlastname "
    "recipientfirstname"
)
_ADDRESSES = (
    "address adres street straat straatnaam huisnummer postcode postalcode zip zipcode woonplaats city "
    "ipaddress email emailadres emailaddress mail recipientemail phone phonenumber telephone telefoon "
    "telefoonnummer mobile mobiel tel locationlatitude locationlongitude"
)
_BIRTHS = "birthdate dateofbirth dob birthday geboortedatum gebdatum geboren geboortedag datumgeboorte"
_NUMBERS_OF_PEOPLE = "bsn ssn sofinummer patientennummer medicalrecordnumber mrn nhsnumber insurancenumber"
_BY_NAME = {
    word: said
    for words, said in (
        (_NAMES, "a person’s name"),
        (_ADDRESSES, "an address"),
        (_BIRTHS, "a date of birth"),
        (_NUMBERS_OF_PEOPLE, "a number by which people can be found"),
    )
    for word in words.split()
}
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_POSTCODE = re.compile(r"[1-9][0-9]{3} ?[A-Z]{2}")
_PHONE = re.compile(r"(?:\+[0-9]{2}|0)[0-9 ()-]{8,14}")
_FULL_NAME = re.compile(
    r"[A-Z][^\W\d_]+(?: (?:van|de|den|der|von|la|le))* [A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?"
)


def find_identifying(column: str, contents: Contents) -> str | None:
    """Return what a column seems to hold that tells who somebody is, None where it seems harmless."""
    if said := _BY_NAME.get(plain_name(column)):
        return said
    if not contents.n_filled:
        return None
    for pattern, said in (
        (_E_MAIL, "e-mail addresses"),
        (_POSTCODE, "postcodes"),
        (_PHONE, "telephone numbers"),
        (_FULL_NAME, "people’s names"),
    ):
        if contents.share(lambda text, form=pattern: bool(form.fullmatch(text))) >= 0.6:
            return said
    if contents.share_of_dates >= 0.9 and _may_be_births(contents):
        return "dates of birth"
    return None


def _may_be_births(contents: Contents) -> bool:
    """Dates of many different years: a treatment begins within some years, people are born over decades."""
    years = {int(found[0]) for text in contents.filled if (found := re.search(r"(19|20)[0-9]{2}", text))}
    return bool(years) and max(years) - min(years) >= 8
