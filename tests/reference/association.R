# Makes association.json: codes and alliance scores of sessions in dyads, and what R says of them.
# R 4.2.2, lme4 1.1-31:  Rscript association.R > association.json
library(lme4)
set.seed(20260)
one <- function(sizes, slope, sd_dyad) {
  dyad <- rep(seq_along(sizes), sizes)
  alliance <- round(rnorm(length(dyad), 38, 3) + rnorm(length(sizes), 0, 2)[dyad], 2)
  code <- round(8 + slope * (alliance - 38) + rnorm(length(sizes), 0, sd_dyad)[dyad] + rnorm(length(dyad), 0, 2))
  mean_of <- tapply(alliance, dyad, mean)
  data <- data.frame(code, alliance, dyad, within = alliance - mean_of[dyad], between = mean_of[dyad])
  fit <- lmer(code ~ within + between + (1 | dyad), data,
    control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  errors <- sqrt(diag(as.matrix(vcov(fit))))
  own <- lm(code ~ factor(dyad) + alliance, data)
  ss <- anova(own)
  r <- sign(coef(own)["alliance"]) * sqrt(ss["alliance", 2] / (ss["alliance", 2] + ss["Residuals", 2]))
  variances <- as.data.frame(VarCorr(fit))$sdcor
  list(code = code, alliance = alliance, dyad = dyad, within = fixef(fit)[["within"]], within_error = errors[[2]],
    between = fixef(fit)[["between"]], between_error = errors[[3]], sd_dyads = variances[1], sd_residual = variances[2],
    r_within = unname(r), df_within = ss["Residuals", 1])
}
show <- function(x) if (length(x) > 1) paste0("[", paste(format(x, digits = 15, trim = TRUE), collapse = ", "), "]") else
  format(x, digits = 15)
cases <- list(threes = one(rep(3, 13), .3, 2), uneven = one(c(3, 6, 3, 1, 5, 3, 3, 2, 4, 3), .5, 1),
  no_variance_of_dyads = one(rep(3, 12), 0, 0))
cat("{\n", paste(sapply(names(cases), function(name) paste0('"', name, '": {', paste(sapply(names(cases[[name]]),
  function(key) paste0('"', key, '": ', show(cases[[name]][[key]]))), collapse = ", "), "}")), collapse = ",\n"), "\n}\n", sep = "")
