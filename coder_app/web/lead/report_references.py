"""The list of references of the report: what its texts and notes name, and nothing else."""

import re
from collections.abc import Iterable

from coder_app.web.lead.reliability_references import REFERENCES as OF_RELIABILITY
from coder_app.web.lead.report_parts import Listed, Open, Paper, Section, Text

_OWN = {
    "Anderson & ter Braak, 2003": "Anderson, M. J., & ter Braak, C. J. F. (2003). Permutation tests for "
    "multi-factorial analysis of variance. Journal of Statistical Computation and Simulation, 73(2), 85–113.",
    "Appelbaum et al., 2018": "Appelbaum, M., Cooper, H., Kline, R. B., Mayo-Wilson, E., Nezu, A. M., & "
    "Rao, S. M. (2018). Journal article reporting standards for quantitative research in psychology: The APA "
    "Publications and Communications Board task force report. American Psychologist, 73(1), 3–25.",
    "Bakdash & Marusich, 2017": "Bakdash, J. Z., & Marusich, L. R. (2017). Repeated measures correlation. "
    "Frontiers in Psychology, 8, Article 456.",
    "Bang et al., 2004": "Bang, H., Ni, L., & Davis, C. E. (2004). Assessment of blinding in clinical "
    "trials. Controlled Clinical Trials, 25(2), 143–156.",
    "Freedman & Lane, 1983": "Freedman, D., & Lane, D. (1983). A nonstochastic interpretation of reported "
    "significance levels. Journal of Business & Economic Statistics, 1(4), 292–298.",
    "Holm, 1979": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian "
    "Journal of Statistics, 6(2), 65–70.",
    "James et al., 1996": "James, K. E., Bloch, D. A., Lee, K. K., Kraemer, H. C., & Fuller, R. K. (1996). "
    "An index for assessing blindness in a multi-centre clinical trial: Disulfiram for alcohol cessation—a "
    "VA cooperative study. Statistics in Medicine, 15(13), 1421–1434.",
    "Kherad-Pajouh & Renaud, 2015": "Kherad-Pajouh, S., & Renaud, O. (2015). A general permutation approach "
    "for analyzing repeated measures ANOVA and mixed-model designs. Statistical Papers, 56(4), 947–967.",
    "Kottner et al., 2011": "Kottner, J., Audigé, L., Brorson, S., Donner, A., Gajewski, B. J., "
    "Hróbjartsson, A., Roberts, C., Shoukri, M., & Streiner, D. L. (2011). Guidelines for Reporting "
    "Reliability and Agreement Studies (GRRAS) were proposed. Journal of Clinical Epidemiology, 64(1), "
    "96–106.",
    "Olejnik & Algina, 2003": "Olejnik, S., & Algina, J. (2003). Generalized eta and omega squared "
    "statistics: Measures of effect size for some common research designs. Psychological Methods, 8(4), "
    "434–447.",
    "Tukey, 1977": "Tukey, J. W. (1977). Exploratory data analysis. Addison-Wesley.",
    "Wilson, 1927": "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical "
    "inference. Journal of the American Statistical Association, 22(158), 209–212.",
}
_KNOWN = _OWN | OF_RELIABILITY


def list_references(sections: Iterable[Section]) -> tuple[str, ...]:
    """Return the sources that these sections name, by author."""
    words = "\n".join(text for section in sections for text in _texts_of(section))
    return tuple(sorted((text for name, text in _KNOWN.items() if _names(words, name)), key=str.casefold))


def _names(words: str, name: str) -> bool:
    """Whether a text names a source, in brackets or in its sentence."""
    authors, _, year = name.rpartition(", ")
    in_sentence = re.escape(authors.replace(" & ", " and ")) + rf"(?:’s?)? \({year}\)"
    return re.search(rf"\b{re.escape(name)}\b|\b{in_sentence}", words) is not None


def _texts_of(section: Section) -> Iterable[str]:
    for block in section.blocks:
        if isinstance(block, Text | Open):
            yield block.words
        elif isinstance(block, Listed):
            yield from block.rows
        elif isinstance(block, Paper):
            yield block.table.note
            if block.has_texts:
                yield from (cell for group in block.table.groups for row in group.rows for cell in row)
