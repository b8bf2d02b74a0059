# Rscript course.R rupture_study/alliance/scores_long.csv > course.json
# Growth by lme4, the repeated-measures correlation by the analysis of covariance that defines it
# (Bakdash & Marusich 2017, eq. 3-5; interval as in rmcorr: psych::r.con with n = df + 2).
suppressMessages({library(lme4); library(psych); library(jsonlite)})
d <- read.csv(commandArgs(TRUE)[1])
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6))

growth <- function(x) {
  x$t <- x$session - 1
  fit <- lmer(score ~ t + (1 + t | dyad), x, REML = TRUE, control = tight)
  flat <- lmer(score ~ 1 + (1 | dyad), x, REML = TRUE, control = tight)
  v <- as.data.frame(VarCorr(fit)); w <- as.data.frame(VarCorr(flat))
  list(n_dyads = length(unique(x$dyad)), n_scores = nrow(x), start = fixef(fit)[[1]], slope = fixef(fit)[[2]],
       error = sqrt(vcov(fit)[2, 2]), sd_start = v$sdcor[1], sd_slope = v$sdcor[2], correlation = v$sdcor[3],
       sd_residual = v$sdcor[4], between = w$vcov[1] / sum(w$vcov), deviance = REMLcrit(fit))
}

means <- function(x) lapply(split(x$score, x$session), function(s) {
  t <- t.test(s); list(n = length(s), mean = t$estimate[[1]], lower = t$conf.int[1], upper = t$conf.int[2])
})

pair <- merge(d[d$informant == "child", c("dyad", "session", "score")],
              d[d$informant == "therapist", c("dyad", "session", "score")], by = c("dyad", "session"))
within <- function(p) {
  p <- p[ave(p$score.x, p$dyad, FUN = length) > 1, ]; p$dyad <- factor(p$dyad)
  fit <- lm(score.y ~ dyad + score.x, p); table <- drop1(fit, ~ score.x, test = "F")
  ss <- table["score.x", "Sum of Sq"]; df <- fit$df.residual
  r <- sign(coef(fit)[["score.x"]]) * sqrt(ss / (ss + deviance(fit)))
  ci <- r.con(r, df + 2)
  list(r = r, df = df, p = table["score.x", "Pr(>F)"], lower = ci[1], upper = ci[2], n = nrow(p))
}
between <- function(p) {
  m <- aggregate(cbind(score.x, score.y) ~ dyad, p, mean); t <- cor.test(m$score.x, m$score.y)
  list(r = t$estimate[[1]], n = nrow(m), p = t$p.value, lower = t$conf.int[1], upper = t$conf.int[2])
}
numbers <- lapply(split(pair, pair$session), function(p) {
  t <- cor.test(p$score.x, p$score.y)
  list(n = nrow(p), r = t$estimate[[1]], lower = t$conf.int[1], upper = t$conf.int[2])
})
pooled <- function(p) {
  z <- do.call(rbind, lapply(split(p, p$dyad), function(s) if (nrow(s) > 3 && sd(s$score.x) > 0 && sd(s$score.y) > 0)
    data.frame(z = fisherz(cor(s$score.x, s$score.y)), w = nrow(s) - 3)))
  m <- sum(z$z * z$w) / sum(z$w); list(n = nrow(z), r = fisherz2r(m))
}
data(sleepstudy)
s <- lmer(Reaction ~ Days + (1 + Days | Subject), sleepstudy, control = tight); vs <- as.data.frame(VarCorr(s))
cat(toJSON(list(
  source = paste(R.version.string, "lme4", packageVersion("lme4"), "psych", packageVersion("psych"),
                 "stats: lmer(REML), lm, drop1, t.test, cor.test; see course.R"),
  growth = list(child = growth(d[d$informant == "child", ]), therapist = growth(d[d$informant == "therapist", ])),
  means = list(child = means(d[d$informant == "child", ]), therapist = means(d[d$informant == "therapist", ])),
  between = between(pair), within = within(pair), pooled = pooled(pair), numbers = numbers,
  sleepstudy = list(table = unname(unclass(matrix(xtabs(Reaction ~ Subject + Days, sleepstudy), 18))), slope = fixef(s)[[2]],
                    error = sqrt(vcov(s)[2, 2]), start = fixef(s)[[1]], sd_start = vs$sdcor[1], sd_slope = vs$sdcor[2],
                    correlation = vs$sdcor[3], sd_residual = vs$sdcor[4])
), auto_unbox = TRUE, digits = 15, pretty = TRUE), "\n")
