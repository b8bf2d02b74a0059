# Reference values of tests/unit/analysis/test_comparison.py, test_accordance.py and test_proportion.py.
# Run in this folder: Rscript occurrence.R > occurrence.json   (R with jsonlite; no other package)
library(jsonlite)

noncentral <- function(t, df, share) {
  uniroot(function(ncp) suppressWarnings(pt(t, df, ncp)) - share, c(t - 20, t + 20), tol = 1e-12)$root
}

hedges <- function(x, y) {
  df <- length(x) + length(y) - 2
  within <- (sum((x - mean(x))^2) + sum((y - mean(y))^2)) / df
  d <- (mean(x) - mean(y)) / sqrt(within)
  scale <- sqrt(1 / length(x) + 1 / length(y))
  J <- gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
  c(J * d, J * scale * noncentral(d / scale, df, .975), J * scale * noncentral(d / scale, df, .025))
}

means <- function(x, y) {
  frame <- data.frame(v = c(x, y), g = factor(rep(c("a", "b"), c(length(x), length(y)))))
  a <- summary(aov(v ~ g, frame))[[1]]
  w <- oneway.test(v ~ g, frame)
  list(
    f = a[1, "F value"], df1 = a[1, "Df"], df2 = a[2, "Df"], p = a[1, "Pr(>F)"],
    welch_f = unname(w$statistic), welch_df2 = unname(w$parameter[2]), welch_p = w$p.value,
    g = hedges(x, y)
  )
}

counts <- function(t) {
  x <- suppressWarnings(chisq.test(t, correct = FALSE))
  f <- fisher.test(t)
  found <- list(
    table = t, chi2 = unname(x$statistic), df = unname(x$parameter), p_chi2 = x$p.value, p_exact = f$p.value,
    cramers_v = sqrt(unname(x$statistic) / sum(t))
  )
  if (nrow(t) == 2) {
    # Odds of the last category in the first group.
    o <- fisher.test(t[2:1, ])
    found$odds_ratio <- c(unname(o$estimate), o$conf.int)
  }
  found
}

x <- c(8, 9, 11, 12, 10, 9, 13, 7)
y <- c(10, 12, 9, 13, 11, 12, 10, 8, 12, 11, 13, 9)
z <- c(31.5, 22, 40, 61, 35.25, 28)

# The reference study: series with a run of 7, ruptures of the settings of the source study as an independent
# program found them.
scores <- read.csv("rupture_study/alliance/scores_long.csv")
people <- read.csv("rupture_study/participants.csv")
expected <- fromJSON("rupture_study/expected_ruptures.json", simplifyVector = FALSE)
run <- function(s) {
  r <- rle(diff(sort(s)) == 1)
  max(0, r$lengths[r$values]) + 1
}
study <- list()
for (who in c("child", "therapist")) {
  one <- scores[scores$informant == who & !is.na(scores$score), ]
  runs <- tapply(one$session, one$dyad, run)
  analysed <- names(runs)[runs >= 7]
  ruptured <- unique(sapply(expected[[who]]$default$sequences, function(s) s[[1]]))
  d <- people[people$dyad %in% analysed, ]
  d$has <- d$dyad %in% ruptured
  age <- means(d$child_age[d$has], d$child_age[!d$has])
  gender <- means(as.numeric(d$child_gender[d$has] == "m"), as.numeric(d$child_gender[!d$has] == "m"))
  condition <- counts(unclass(table(d$condition, !d$has)))
  t <- aggregate(has ~ therapist + therapist_age + therapist_gender + therapist_experience_years, d, any)
  share <- aggregate(has ~ therapist + therapist_age, d, mean)
  years <- means(t$therapist_experience_years[t$has], t$therapist_experience_years[!t$has])
  related <- cor.test(share$therapist_age, share$has)
  study[[who]] <- list(
    n = nrow(d), n_with = sum(d$has), child_age = age, child_gender = gender, condition = condition,
    n_therapists = nrow(t), n_therapists_with = sum(t$has), therapist_experience_years = years,
    share_with_therapist_age = c(unname(related$estimate), related$conf.int, related$p.value),
    holm_of_two = p.adjust(c(age$p, years$p), "holm")
  )
}

# Dyads as strata: sessions 2 to 8, rupture to the first and to the second informant.
strata <- list(
  list(a = c(3), b = c(3)), list(a = c(2, 5, 7), b = c(4, 5)), list(a = c(6), b = c(6)),
  list(a = c(4), b = c(8)), list(a = c(2, 6), b = c(3))
)
tables <- array(0, c(2, 2, length(strata)))
for (i in seq_along(strata)) {
  a <- 2:8 %in% strata[[i]]$a
  b <- 2:8 %in% strata[[i]]$b
  tables[, , i] <- table(factor(a, c(TRUE, FALSE)), factor(b, c(TRUE, FALSE)))
}
coincidence <- mantelhaen.test(tables, exact = TRUE, alternative = "greater")

wilson <- function(n, of) c(n / of, prop.test(n, of, correct = FALSE)$conf.int)
printed <- list(
  source = paste(R.version.string, "stats: aov, oneway.test, chisq.test, fisher.test, cor.test, p.adjust,",
                 "prop.test, mantelhaen.test, pt"),
  means = list(xy = means(x, y), xz = means(x, z)), x = x, y = y, z = z,
  counts = list(
    counts(matrix(c(3, 9, 20, 11), 2)), counts(matrix(c(0, 5, 12, 7), 2)),
    counts(matrix(c(4, 1, 7, 2, 15, 3, 9, 8), 4)), counts(matrix(c(1, 6, 2, 30, 8, 5), 3))
  ),
  wilson = list(wilson(13, 70), wilson(0, 12), wilson(18, 56), wilson(5, 5)),
  holm = list(given = c(.01, .04, .03, .5), adjusted = p.adjust(c(.01, .04, .03, .5), "holm")),
  # p that belong to the F that the source study prints.
  printed_f = list(f = c(1.47, .86, .06, .56, 1.09, 1.12), df2 = c(87, 87, 87, 17, 17, 17),
                   p = pf(c(1.47, .86, .06, .56, 1.09, 1.12), 1, c(87, 87, 87, 17, 17, 17), lower.tail = FALSE)),
  strata = lapply(strata, lapply, I),
  coincidence = list(observed = sum(tables[1, 1, ]), p = coincidence$p.value),
  study = study
)
cat(toJSON(printed, digits = NA, auto_unbox = TRUE, pretty = TRUE))
