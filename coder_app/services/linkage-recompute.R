# Computes the figures of the linkage once more, in R, from the codes, sequences and alliance scores beside it.
#
#   Rscript linkage-recompute.R [folder]
#
# Read: linkage-codes.csv, linkage-sequences.csv, linkage-alliance.csv.
# Compared with: linkage-long.csv, linkage-means.csv, linkage-tests.csv, linkage-patterns.csv,
# linkage-association.csv and linkage-coders.csv: every figure in them.
#
# Base R is enough. F comes from t tests and linear models of means and differences of each sequence, which for
# two positions are the type III tests; where the package lme4 is installed its slopes are compared as well.
#
# Figures may differ by 1e-6, those of mixed models by 1e-5. p by permutation and limits from a bootstrap rest on
# random numbers, which R draws differently: p must lie within four standard errors of drawing both, a limit
# within a third of the interval's width. Where all orders were listed, R lists them too if there are few enough.
#
# The script ends with status 1 when something differs by more, with status 2 when it found nothing to compare.

METHOD <- "rd" # what the plan permutes
N_PERMUTATIONS <- 2000
N_BOOTSTRAP <- 500
CLOSE <- 1e-6
CLOSE_MIXED <- 1e-5
SHARE_OF_WIDTH <- 1 / 3
MOST_LISTED <- 2^14

# Where files lie that are not beside this script: name = path from its folder. A package of files fills this in.
PLACES <- c()

options(digits = 15)
set.seed(1)

# ---- Reading -------------------------------------------------------------------------------------------------

arguments <- commandArgs(trailingOnly = TRUE)
# Rscript writes spaces of its own path as ~+~.
script <- gsub("~+~", " ", sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)), fixed = TRUE)
folder <- if (length(arguments)) arguments[1] else if (length(script)) dirname(script) else "."
locate <- function(name) file.path(folder, if (name %in% names(PLACES)) PLACES[[name]] else name)

read_table <- function(name) {
  path <- locate(paste0("linkage-", name, ".csv"))
  if (!file.exists(path)) return(NULL)
  read.csv(path, na.strings = "", stringsAsFactors = FALSE, encoding = "UTF-8", colClasses = c(dyad = "character"))
}
read_plain <- function(name) {
  path <- locate(paste0("linkage-", name, ".csv"))
  if (file.exists(path)) read.csv(path, na.strings = "", stringsAsFactors = FALSE, encoding = "UTF-8") else NULL
}

codes <- read_table("codes")
sequences <- read_table("sequences")
alliance <- read_table("alliance")
if (is.null(codes) || is.null(sequences) || !nrow(codes) || !nrow(sequences)) {
  cat("There are no codes or no sequences of the linkage in this folder.\n")
  quit(status = 2)
}

# ---- Comparing -----------------------------------------------------------------------------------------------

rows_compared <- list()
compare <- function(figure, ours, r, allowed = CLOSE, how = "") {
  if (length(ours) != 1 || is.na(ours)) return(invisible())
  scaled <- allowed * (if (how == "") max(1, abs(ours)) else 1)
  row <- list(figure = figure, ours = as.numeric(ours), r = as.numeric(r), allowed = scaled, how = how)
  rows_compared[[length(rows_compared) + 1]] <<- row
}
compare_limits <- function(figure, ours, r) {
  if (anyNA(ours)) return(invisible())
  allowed <- SHARE_OF_WIDTH * diff(ours)
  compare(paste(figure, "lower"), ours[1], r[1], allowed, "bootstrap")
  compare(paste(figure, "upper"), ours[2], r[2], allowed, "bootstrap")
}

# ---- Sequences with their scores -------------------------------------------------------------------------------

positions <- c("pre", "central", "post")
link <- function(informant, own, column, wanted = positions) {
  chosen <- sequences[sequences$informant == informant, ]
  key <- paste(own$dyad, own$session)
  found <- sapply(positions, function(one) own[[column]][match(paste(chosen$dyad, chosen[[one]]), key)])
  found <- matrix(found, ncol = 3, dimnames = list(chosen$sequence, positions))
  whole <- rowSums(is.na(found[, wanted, drop = FALSE])) == 0
  list(scores = found[whole, , drop = FALSE], type = chosen$type[whole], dyad = chosen$dyad[whole],
    central = chosen$central[whole])
}
pick <- function(linked, rows) {
  list(scores = linked$scores[rows, , drop = FALSE], type = linked$type[rows], dyad = linked$dyad[rows],
    central = linked$central[rows])
}

# ---- Tests of two positions --------------------------------------------------------------------------------------

# Type III tests from one number a sequence: the difference for session and interaction, the mean for the type.
anova_of <- function(table, type) {
  difference <- table[, 2] - table[, 1]
  average <- rowMeans(table)
  n <- nrow(table)
  if (length(unique(type)) < 2) {
    own <- sum((difference - mean(difference))^2) / 2
    f <- (n * mean(difference)^2 / 2) / (own / (n - 1))
    between <- 2 * sum((average - mean(average))^2)
    return(list(f = c(position = f), df2 = n - 1, ss = c(position = n * mean(difference)^2 / 2), within = own,
      between = between))
  }
  kind <- factor(type)
  contrasts(kind) <- contr.sum(nlevels(kind))
  within <- lm(difference ~ kind)
  between <- lm(average ~ kind)
  df2 <- within$df.residual
  ss_within <- sum(resid(within)^2) / 2
  ss_between <- 2 * sum(resid(between)^2)
  f <- c(rupture_type = anova(between)[1, "F value"], position = coef(summary(within))[1, "t value"]^2,
    "rupture_type:position" = anova(within)[1, "F value"])
  errors <- c(ss_between, ss_within, ss_within) / df2
  list(f = f, df2 = df2, ss = f * errors, within = ss_within, between = ss_between)
}

etas_of <- function(found) {
  error <- ifelse(names(found$ss) == "rupture_type", found$between, found$within)
  measured <- sum(found$ss[names(found$ss) != "position"])
  others <- measured - ifelse(names(found$ss) == "position", 0, found$ss)
  rbind(partial = found$ss / (found$ss + error), generalised = found$ss / (found$ss + others + found$between + found$within))
}

# Share of permutations whose F reaches the observed one, by the plan's method or another.
p_by_permutation <- function(table, type, method, groups, n_permutations) {
  n <- nrow(table)
  mixed <- length(unique(type)) > 1
  y <- c(table - mean(table)) # first all first positions, then all second ones
  place <- rep(c(-1, 1), each = n)
  kind <- if (mixed) rep(ifelse(type == sort(unique(type))[1], 1, -1), 2) else NULL
  columns <- if (mixed) list(mean = rep(1, 2 * n), rupture_type = kind, position = place, both = kind * place) else
    list(mean = rep(1, 2 * n), position = place)
  effects <- if (mixed) c("rupture_type", "position", "both") else "position"
  sapply(effects, function(effect) {
    others <- do.call(cbind, columns[names(columns) != effect])
    own <- resid(lm.fit(others, columns[[effect]]))
    own <- own / sqrt(sum(own^2))
    between <- effect == "rupture_type"
    halves <- function(values) {
      first <- values[1:n, , drop = FALSE]
      second <- values[n + 1:n, , drop = FALSE]
      if (between) (first + second) / sqrt(2) else (second - first) / sqrt(2)
    }
    members <- if (mixed) outer(type, unique(type), "==") * 1 else matrix(1, n, 1)
    f_of <- function(values) {
      numerator <- c(crossprod(own, values))^2
      parts <- halves(values)
      means <- crossprod(members, parts) / colSums(members)
      error <- colSums((parts - members %*% means)^2) / (n - ncol(members))
      ifelse(error <= 1e-12 * sum(y^2) & numerator <= 1e-12 * sum(y^2), Inf, numerator / error)
    }
    residuals <- resid(lm.fit(others, y))
    if (method == "rde") {
      means <- rep((y[1:n] + y[n + 1:n]) / 2, 2)
      residuals <- resid(lm.fit(others, if (between) means else y - means))
    }
    permuted <- if (method == "restricted") y else residuals
    whole <- method %in% c("freedman_lane", "restricted") && (between || (effect == "both" && method == "restricted"))
    inside <- method %in% c("freedman_lane", "restricted") && !whole
    observed <- f_of(matrix(y, ncol = 1))
    if (inside) {
      m <- max(groups)
      listed <- 2^m <= MOST_LISTED
      flips <- if (listed) as.matrix(expand.grid(rep(list(0:1), m))) else matrix(rbinom(n_permutations * m, 1, .5), ncol = m)
      swap <- t(flips[, groups, drop = FALSE]) == 1
      first <- matrix(permuted[1:n], n, ncol(swap))
      second <- matrix(permuted[n + 1:n], n, ncol(swap))
      values <- rbind(ifelse(swap, second, first), ifelse(swap, first, second))
    } else if (whole) {
      listed <- FALSE
      sizes <- table(groups)[as.character(groups)]
      orders <- replicate(n_permutations, {
        order <- seq_len(n)
        for (size in unique(sizes)) {
          own_groups <- unique(groups[sizes == size])
          from <- own_groups[sample.int(length(own_groups))]
          for (i in seq_along(own_groups)) order[groups == own_groups[i]] <- which(groups == from[i])
        }
        order
      })
      values <- rbind(matrix(permuted[1:n][orders], n), matrix(permuted[n + 1:n][orders], n))
    } else {
      listed <- FALSE
      values <- replicate(n_permutations, sample(permuted))
    }
    reached <- sum(f_of(values) >= observed * (1 - 1e-10) - 1e-12)
    p <- if (listed) reached / ncol(values) else (reached + 1) / (ncol(values) + 1)
    c(p = p, n = if (listed) Inf else ncol(values))
  })
}

exact_flips <- function(difference) {
  n <- length(difference)
  if (2^n > MOST_LISTED) return(NA)
  sums <- 0
  for (one in difference) sums <- c(sums + one, sums - one)
  mean(abs(sums) >= abs(sum(difference)) - 1e-10 * sum(abs(difference)))
}

exact_types <- function(values, type) {
  chosen <- type == sort(unique(type))[1]
  if (choose(length(values), sum(chosen)) > 2e5) return(NA)
  values <- values - mean(values)
  sums <- combn(values, sum(chosen), sum)
  mean(abs(sums) >= abs(sum(values[chosen])) - 1e-10 * sum(abs(values)))
}

wilcoxon_p <- function(difference) {
  difference <- round(difference, 10)
  kept <- difference[difference != 0]
  if (!length(kept)) return(NA)
  exact_flips(sign(kept) * rank(abs(kept)))
}

# ---- Bias-corrected and accelerated intervals (Efron, 1987) ----------------------------------------------------

bca <- function(estimate, samples, without) {
  samples <- samples[is.finite(samples)]
  tied <- abs(samples - estimate) <= 1e-10 * (1 + abs(estimate))
  below <- mean(ifelse(tied, .5, samples < estimate))
  bias <- qnorm(min(max(below, .5 / length(samples)), 1 - .5 / length(samples)))
  without[!is.finite(without)] <- estimate
  distance <- mean(without) - without
  acceleration <- if (sum(distance^2) > 0) sum(distance^3) / (6 * sum(distance^2)^1.5) else 0
  z <- bias + qnorm(c(.025, .975))
  quantile(samples, pnorm(bias + z / (1 - acceleration * z)), names = FALSE)
}

sizes_of <- function(table, type) {
  found <- etas_of(anova_of(table, type))
  spread <- mean(apply(table, 2, sd))
  d <- if (length(unique(type)) < 2) mean(table[, 2] - table[, 1]) / spread else NULL
  c(setNames(c(found), c(outer(rownames(found), colnames(found), paste))), d_av = d)
}

intervals_of <- function(table, type) {
  estimate <- sizes_of(table, type)
  resample <- function() {
    rows <- unlist(lapply(split(seq_along(type), type), function(own) own[sample.int(length(own), replace = TRUE)]))
    rows <- rows[order(match(type[rows], type))]
    sizes_of(table[rows, , drop = FALSE], type[rows])
  }
  samples <- replicate(N_BOOTSTRAP, tryCatch(resample(), error = function(e) estimate * NA))
  without <- sapply(seq_along(type), function(i) {
    if (sum(type == type[i]) < 2) return(estimate * NA)
    sizes_of(table[-i, , drop = FALSE], type[-i])
  })
  samples <- matrix(samples, nrow = length(estimate))
  without <- matrix(without, nrow = length(estimate))
  limits <- t(sapply(seq_along(estimate), function(i) bca(estimate[i], samples[i, ], without[i, ])))
  rownames(limits) <- names(estimate)
  limits
}

# ---- The tests of the files --------------------------------------------------------------------------------------

tests <- read_plain("tests")
compare_tests <- function() for (line in unique(paste(tests$informant, tests$instrument, tests$subscale, tests$line, sep = "\r"))) {
  part <- tests[paste(tests$informant, tests$instrument, tests$subscale, tests$line, sep = "\r") == line, ]
  first <- part[1, ]
  own <- codes[codes$instrument == first$instrument & codes$subscale == first$subscale, ]
  own$centred <- own$score - ave(own$score, own$coder, FUN = function(x) mean(x, na.rm = TRUE))
  column <- switch(first$line, "mean of all coders" = "mean_of_all", "centred by coder" = "centred", "score")
  for (name in unique(part$test)) {
    rows <- part[part$test == name, ]
    if (is.na(rows$f[1])) next
    wanted <- if (startsWith(name, "pre")) c("pre", "central") else c("central", "post")
    # All lines but one are of sequences that are complete in the primary coders' scores.
    complete <- link(first$informant, own, "score", if (first$line == "every complete pair") wanted else positions)
    linked <- link(first$informant, own, column, if (first$line == "every complete pair") wanted else positions)
    linked <- pick(linked, rownames(linked$scores) %in% rownames(complete$scores))
    if (first$line == "without sequences whose scores have changed") {
      changed <- sequences$sequence[tolower(sequences$changed) == "true"]
      linked <- pick(linked, !(rownames(linked$scores) %in% changed))
    }
    if (first$line == "first of each dyad") {
      order <- order(linked$dyad, linked$central)
      linked <- pick(linked, sort(order[!duplicated(linked$dyad[order])]))
    }
    if (endsWith(name, " only")) linked <- pick(linked, linked$type == sub("^.*, (.*) only$", "\\1", name))
    table <- linked$scores[, wanted, drop = FALSE]
    type <- if (endsWith(name, "by rupture type")) linked$type else rep("", nrow(table))
    label <- paste(first$informant, first$subscale, first$line, name, sep = ", ")
    compare(paste(label, "n"), rows$n[1], nrow(table))
    by_dyad <- first$line == "permuted by dyad"
    groups <- if (by_dyad) match(linked$dyad, unique(linked$dyad)) else seq_len(nrow(table))
    found <- anova_of(table, type)
    drawn <- p_by_permutation(table, type, if (by_dyad) "restricted" else METHOD, groups, N_PERMUTATIONS)
    drawn <- matrix(drawn, nrow = 2, dimnames = list(c("p", "n"), names(found$f)))
    etas <- etas_of(found)
    limits <- if (anyNA(rows$eta_partial_lower)) NULL else intervals_of(table, type)
    difference <- table[, 2] - table[, 1]
    for (i in seq_len(nrow(rows))) {
      row <- rows[i, ]
      effect <- row$effect
      said <- paste(label, effect)
      compare(paste(said, "F"), row$f, found$f[[effect]])
      compare(paste(said, "df2"), row$df2, found$df2)
      compare(paste(said, "p of F"), row$p_parametric, pf(found$f[[effect]], row$df1, found$df2, lower.tail = FALSE))
      p <- drawn["p", effect]
      ours <- if (row$enumerated == "True" || row$enumerated == "true" || isTRUE(row$enumerated)) Inf else row$permutations
      middle <- min(max((p + row$p_permutation) / 2, .0005), .9995)
      allowed <- 4 * sqrt(middle * (1 - middle) * (1 / ours + 1 / drawn["n", effect])) + 1 / N_PERMUTATIONS
      if (is.infinite(ours) && is.infinite(drawn["n", effect])) allowed <- 1e-9
      compare(paste(said, "p by permutation"), row$p_permutation, p, allowed, "permutation")
      compare(paste(said, "eta partial"), row$eta_partial, etas["partial", effect])
      compare(paste(said, "eta generalised"), row$eta_generalised, etas["generalised", effect])
      if (length(unique(type)) > 1) {
        values <- if (effect == "rupture_type") rowMeans(table) else difference
        if (effect != "position") compare(paste(said, "exact p"), row$p_exact, exact_types(values, type))
      } else {
        exact <- exact_flips(difference)
        if (!is.na(exact)) compare(paste(said, "exact p"), row$p_exact, exact)
        signed <- wilcoxon_p(difference)
        if (!is.na(signed)) compare(paste(said, "Wilcoxon's p"), row$wilcoxon_p, signed)
        d <- mean(difference) / mean(apply(table, 2, sd))
        df <- nrow(table) - 1
        j <- exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
        compare(paste(said, "d_av"), row$d_av, d)
        compare(paste(said, "g"), row$g, d * j)
        if (!is.null(limits)) compare_limits(paste(said, "d_av"), c(row$d_av_lower, row$d_av_upper), limits["d_av", ])
      }
      if (!is.null(limits)) {
        compare_limits(paste(said, "eta partial"), c(row$eta_partial_lower, row$eta_partial_upper), limits[paste("partial", effect), ])
        compare_limits(paste(said, "eta generalised"), c(row$eta_generalised_lower, row$eta_generalised_upper), limits[paste("generalised", effect), ])
      }
    }
  }
  corrected <- part[!is.na(part$p_holm), ]
  if (nrow(corrected)) {
    holm <- p.adjust(corrected$p_permutation, "holm")
    for (i in seq_along(holm)) compare(paste(gsub("\r", ", ", line), corrected$test[i], "Holm"), corrected$p_holm[i], holm[i])
  }
}
if (!is.null(tests)) compare_tests()

# ---- Scores, means, coders ---------------------------------------------------------------------------------------

long <- read_table("long")
if (!is.null(long) && nrow(long)) {
  key <- paste(codes$instrument, codes$subscale, codes$dyad, codes$session)
  found <- codes$score[match(paste(long$instrument, long$subscale, long$dyad, long$session), key)]
  compare("linked scores that differ from the codes", 0, sum(is.na(found) | abs(found - long$score) > CLOSE))
}

means <- read_plain("means")
for (i in seq_len(NROW(means))) {
  row <- means[i, ]
  own <- codes[codes$instrument == row$instrument & codes$subscale == row$subscale, ]
  linked <- link(row$informant, own, "score")
  if (row$rupture_type != "all") linked <- pick(linked, linked$type == row$rupture_type)
  scores <- linked$scores[, row$position]
  label <- paste(row$informant, row$subscale, row$rupture_type, row$position)
  compare(paste(label, "n"), row$n, length(scores))
  compare(paste(label, "mean"), row$mean, mean(scores))
  if (length(scores) > 1) {
    compare(paste(label, "SD"), row$sd, sd(scores))
    half <- qt(.975, length(scores) - 1) * sd(scores) / sqrt(length(scores))
    compare(paste(label, "lower"), row$lower, mean(scores) - half)
    compare(paste(label, "upper"), row$upper, mean(scores) + half)
  }
}

coders <- read_plain("coders")
for (i in seq_len(NROW(coders))) {
  row <- coders[i, ]
  own <- codes[codes$instrument == row$instrument & codes$subscale == row$subscale, ]
  complete <- rownames(link(row$informant, own, "score")$scores)
  chosen <- sequences[sequences$informant == row$informant & sequences$sequence %in% complete, ]
  for (position in positions) {
    who <- own$coder[match(paste(chosen$dyad, chosen[[position]]), paste(own$dyad, own$session))]
    compare(paste(row$informant, row$subscale, row$coder, position), row[[position]], sum(who == row$coder))
  }
}

# ---- Expected patterns, and codes on the alliance ----------------------------------------------------------------

weights <- list("high-low-high" = c(.5, -1, .5), "high-low-low" = c(1, -.5, -.5))
patterns <- read_plain("patterns")
for (i in seq_len(NROW(patterns))) {
  row <- patterns[i, ]
  own <- codes[codes$instrument == row$instrument & codes$subscale == row$subscale, ]
  linked <- link(row$informant, own, "score")
  if (!is.null(alliance) && row$whose %in% alliance$measure[alliance$informant == row$informant]) {
    scored <- alliance[alliance$informant == row$informant & alliance$measure == row$whose, ]
    beside <- link(row$informant, scored, "score")
    linked <- pick(beside, rownames(beside$scores) %in% rownames(linked$scores))
  }
  if (row$rupture_type != "all") linked <- pick(linked, linked$type == row$rupture_type)
  values <- c(linked$scores %*% weights[[row$pattern]])
  label <- paste(row$informant, row$whose, row$rupture_type, row$pattern)
  compare(paste(label, "n"), row$n, length(values))
  compare(paste(label, "as expected"), row$n_as_expected, sum(values > 0))
  if (length(values)) compare(label, row$contrast, mean(values))
  if (is.na(row$t)) next
  test <- t.test(values)
  compare(paste(label, "t"), row$t, test$statistic)
  compare(paste(label, "p"), row$p, test$p.value)
  compare(paste(label, "lower"), row$lower, test$conf.int[1])
  compare(paste(label, "upper"), row$upper, test$conf.int[2])
  compare(paste(label, "d_z"), row$d_z, mean(values) / sd(values))
  exact <- exact_flips(values)
  if (!is.na(exact)) compare(paste(label, "exact p"), row$p_exact, exact)
}

association <- read_plain("association")
with_lme4 <- NROW(association) > 0 && requireNamespace("lme4", quietly = TRUE)
if (NROW(association) && !with_lme4) cat("Package lme4 is not installed: slopes between dyads are not compared.\n")
for (i in seq_len(NROW(association))) {
  row <- association[i, ]
  if (is.na(row$slope_within)) next
  own <- codes[codes$instrument == row$instrument & codes$subscale == row$subscale & !is.na(codes$score), ]
  scored <- alliance[alliance$informant == row$informant & alliance$measure == row$measure, ]
  own$alliance <- scored$score[match(paste(own$dyad, own$session), paste(scored$dyad, scored$session))]
  own <- own[!is.na(own$alliance), ]
  label <- paste(row$subscale, "on", row$measure, row$informant)
  compare(paste(label, "sessions"), row$n_sessions, nrow(own))
  compare(paste(label, "dyads"), row$n_dyads, length(unique(own$dyad)))
  # Within dyads the slope of the mixed model is that of a regression with a level for each dyad.
  fixed <- lm(score ~ factor(dyad) + alliance, own)
  compare(paste(label, "slope within"), row$slope_within, coef(fixed)[["alliance"]])
  compare(paste(label, "df"), row$df, fixed$df.residual)
  parts <- anova(fixed)[, "Sum Sq"]
  r <- sign(coef(fixed)[["alliance"]]) * sqrt(parts[2] / (parts[2] + parts[3]))
  compare(paste(label, "r within"), row$r_within, r)
  half <- qnorm(.975) / sqrt(fixed$df.residual - 1)
  compare(paste(label, "r within lower"), row$r_within_lower, tanh(atanh(r) - half))
  compare(paste(label, "r within upper"), row$r_within_upper, tanh(atanh(r) + half))
  if (!with_lme4) next
  level <- ave(own$alliance, own$dyad)
  own$within <- own$alliance - level
  own$between <- level - mean(tapply(own$alliance, own$dyad, mean))
  control <- lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
  fit <- suppressMessages(lme4::lmer(score ~ within + between + (1 | dyad), own, control = control))
  slopes <- lme4::fixef(fit)
  errors <- sqrt(diag(as.matrix(vcov(fit))))
  limits <- function(name, at, df) slopes[[name]] + c(-1, 1) * qt(.975, df) * errors[at]
  within <- limits("within", 2, fixed$df.residual)
  between <- limits("between", 3, length(unique(own$dyad)) - 2)
  compare(paste(label, "lower"), row$lower, within[1], CLOSE_MIXED, "lme4")
  compare(paste(label, "upper"), row$upper, within[2], CLOSE_MIXED, "lme4")
  t <- slopes[["within"]] / errors[2]
  compare(paste(label, "p"), row$p, 2 * pt(abs(t), fixed$df.residual, lower.tail = FALSE), CLOSE_MIXED, "lme4")
  compare(paste(label, "slope between"), row$slope_between, slopes[["between"]], CLOSE_MIXED, "lme4")
  compare(paste(label, "between lower"), row$slope_between_lower, between[1], CLOSE_MIXED, "lme4")
  compare(paste(label, "between upper"), row$slope_between_upper, between[2], CLOSE_MIXED, "lme4")
  spread <- as.data.frame(lme4::VarCorr(fit))$sdcor
  compare(paste(label, "SD of dyads"), row$sd_dyads, spread[1], CLOSE_MIXED, "lme4")
  compare(paste(label, "SD left"), row$sd_residual, spread[2], CLOSE_MIXED, "lme4")
}

# ---- The table ---------------------------------------------------------------------------------------------------

column <- function(name, kind) vapply(rows_compared, function(row) row[[name]], kind)
compared <- data.frame(
  figure = column("figure", ""), ours = column("ours", 0), r = column("r", 0),
  allowed = column("allowed", 0), how = column("how", ""), stringsAsFactors = FALSE
)
compared$difference <- abs(compared$ours - compared$r)
compared$differs <- is.na(compared$difference) | compared$difference > compared$allowed
cat(sprintf("%-110s %14s %14s %10s\n", "figure", "ours", "R", "difference"))
notes <- paste(compared$how, ifelse(compared$differs, "DIFFERS", ""))
cat(sprintf(
  "%-110s %14.8f %14.8f %10.1e  %s\n", compared$figure, compared$ours, compared$r, compared$difference, notes
), sep = "")
exact <- !(compared$how %in% c("bootstrap", "permutation"))
cat(sprintf(
  "\n%d figures compared, largest difference %.1e; %d by permutation and %d limits by bootstrap.\n",
  sum(exact), max(compared$difference[exact], 0), sum(compared$how == "permutation"), sum(compared$how == "bootstrap")
))
cat(sprintf("%d differ by more than is allowed.\n", sum(compared$differs)))
if (!nrow(compared)) quit(status = 2)
if (any(compared$differs)) quit(status = 1)
