"""What the methods section cites, as the reference list prints it."""

REFERENCES = {
    "Cicchetti, 1994": "Cicchetti, D. V. (1994). Guidelines, criteria, and rules of thumb for evaluating "
    "normed and standardized assessment instruments in psychology. Psychological Assessment, 6(4), 284–290.",
    "Cronbach, 1951": "Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. "
    "Psychometrika, 16(3), 297–334.",
    "de Vet et al., 2006": "de Vet, H. C. W., Terwee, C. B., Knol, D. L., & Bouter, L. M. (2006). When to "
    "use agreement versus reliability measures. Journal of Clinical Epidemiology, 59(10), 1033–1039.",
    "Gwet, 2014": "Gwet, K. L. (2014). Handbook of inter-rater reliability (4th ed.). Advanced Analytics.",
    "Koo & Li, 2016": "Koo, T. K., & Li, M. Y. (2016). A guideline of selecting and reporting intraclass "
    "correlation coefficients for reliability research. Journal of Chiropractic Medicine, 15(2), 155–163.",
    "McDonald, 1999": "McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.",
    "McGraw & Wong, 1996": "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass "
    "correlation coefficients. Psychological Methods, 1(1), 30–46.",
    "Roberts, 1959": "Roberts, S. W. (1959). Control chart tests based on geometric moving averages. "
    "Technometrics, 1(3), 239–250.",
    "ten Hove et al., 2022": "ten Hove, D., Jorgensen, T. D., & van der Ark, L. A. (2022). Updated "
    "guidelines on selecting an intraclass correlation coefficient for interrater reliability, with "
    "applications to incomplete observational designs. Psychological Methods.",
}
