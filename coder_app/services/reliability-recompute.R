# Computes the figures of reliability once more, in R, from the ratings that lie beside this script.
#
#   Rscript reliability-recompute.R [folder]
#
# Ratings: reliability-ratings-*.csv, and reliability-segments-*.csv where recordings are rated by segments.
# Compared with: reliability-items.csv, reliability-icc-forms.csv, reliability-subscales.csv; and where they are
# there, agreement-items.csv, agreement-pairs.csv, and repeats-agreement.csv with its repeats-ratings-*.csv.
# Not computed again: the limits of Krippendorff's alpha and of mean kappa, of SEM and SDC, charts of drift.
#
# Base R is enough: every formula stands below. Where the packages psych and lme4 are installed, their figures
# are compared as well; where they are not, the script says so and goes on.
#
# Figures may differ by 1e-6, those of factor models by 1e-5. Limits that come from a bootstrap rest on random
# numbers, which R draws differently: each must lie within a third of the interval's width of R's own limit.
# What was withheld, or could not be computed, has no figure and is not compared.
#
# The script ends with status 1 when something differs by more, with status 2 when it found nothing to compare.

# The settings of the exported figures; those of agreement without a model and of repeats are the usual ones.
CONFIDENCE <- 0.95
ENOUGH <- 1 # share of a subscale's items that a sum needs; below 1 it is prorated
USUAL <- 0.95
N_OMEGA <- 500 # resamples of recordings for the interval of omega
N_REML <- 200 # simulated sets of ratings for the interval of an ICC with missing ratings
CLOSE <- 1e-6
CLOSE_FACTOR <- 1e-5
SHARE_OF_WIDTH <- 1 / 3
LOWEST_UNIQUENESS <- 0.005

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
  path <- locate(name)
  if (!file.exists(path)) return(NULL)
  read.csv(path, na.strings = "", stringsAsFactors = FALSE, encoding = "UTF-8", check.names = FALSE)
}

read_all <- function(pattern) {
  files <- sort(unique(c(list.files(folder, pattern = pattern), grep(pattern, names(PLACES), value = TRUE))))
  tables <- lapply(files, read_table)
  do.call(rbind, tables)
}

has <- function(package) {
  found <- requireNamespace(package, quietly = TRUE)
  if (!found) cat("Package ", package, " is not installed: its figures are not compared.\n", sep = "")
  found
}

# Ratings of one item: recordings in the rows, coders in the columns, NA where there is none. Recordings and
# coders without any rating of the item are left out.
as_matrix <- function(data) {
  targets <- unique(data$target)
  raters <- unique(data$rater)
  x <- matrix(NA_real_, length(targets), length(raters))
  colnames(x) <- raters
  x[cbind(match(data$target, targets), match(data$rater, raters))] <- data$score
  given <- !is.na(x)
  x[rowSums(given) > 0, colSums(given) > 0, drop = FALSE]
}

# ---- Intraclass correlations: complete ratings ---------------------------------------------------------------

# McGraw & Wong (1996), Shrout & Fleiss (1979): the two-way analysis of variance with one rating a cell.
mean_squares <- function(x) {
  n <- nrow(x)
  k <- ncol(x)
  x <- x - mean(x)
  rows <- rowMeans(x)
  columns <- colMeans(x)
  residual <- x - outer(rows, columns, "+")
  ss_columns <- n * sum(columns^2)
  found <- c(
    targets = k * sum(rows^2) / (n - 1),
    raters = ss_columns / (k - 1),
    residual = sum(residual^2) / ((n - 1) * (k - 1)),
    within = (ss_columns + sum(residual^2)) / (n * (k - 1))
  )
  ifelse(found < 1e-12 * sum(x^2) / (n * k - 1), 0, found) # rounding noise
}

icc_anova <- function(x, confidence = CONFIDENCE) {
  n <- nrow(x)
  k <- ncol(x)
  ms <- mean_squares(x)
  p <- (1 + confidence) / 2
  r <- ms[["targets"]]
  c <- ms[["raters"]]
  e <- ms[["residual"]]
  w <- ms[["within"]]

  from_f <- function(error, df1, df2, single) {
    scaled <- r * c(1, 1 / qf(p, df1, df2), qf(p, df2, df1))
    (scaled - error) / (scaled + (if (single) k - 1 else 0) * error)
  }
  agreement <- (r - e) / (r + (k - 1) * e + k * (c - e) / n)
  a <- k * agreement * c
  b <- (n * (1 + (k - 1) * agreement) - k * agreement) * e
  v <- if (a == 0 && b == 0) (n - 1) * (k - 1) else (a + b)^2 / (a^2 / (k - 1) + b^2 / ((n - 1) * (k - 1)))
  f1 <- qf(p, n - 1, v)
  f2 <- qf(p, v, n - 1)
  rest <- k * c + (k * n - k - n) * e
  limits <- c(n * (r - f1 * e) / (f1 * rest + n * r), n * (f2 * r - e) / (rest + n * f2 * r))
  stepped <- k * limits / (1 + (k - 1) * limits) # Spearman-Brown

  figures <- rbind(
    "ICC(1,1)" = from_f(w, n - 1, n * (k - 1), TRUE),
    "ICC(A,1)" = c(agreement, limits),
    "ICC(C,1)" = from_f(e, n - 1, (n - 1) * (k - 1), TRUE),
    "ICC(1,k)" = from_f(w, n - 1, n * (k - 1), FALSE),
    "ICC(A,k)" = c((r - e) / (r + (c - e) / n), stepped),
    "ICC(C,k)" = from_f(e, n - 1, (n - 1) * (k - 1), FALSE)
  )
  one_way <- c(r / w, n - 1, n * (k - 1))
  two_way <- c(r / e, n - 1, (n - 1) * (k - 1))
  tests <- rbind(one_way, two_way, two_way, one_way, two_way, two_way)
  colnames(figures) <- c("icc", "lower", "upper")
  colnames(tests) <- c("f", "df1", "df2")
  cbind(figures, tests, p = pf(tests[, "f"], tests[, "df1"], tests[, "df2"], lower.tail = FALSE))
}

# ---- Intraclass correlations: missing ratings ----------------------------------------------------------------

# REML of score = mean + recording + coder + rest by Fisher scoring; variances of recordings, coders and rest.
reml <- function(x, start = NULL, steps = 200) {
  given <- which(!is.na(x), arr.ind = TRUE)
  y <- x[given] - mean(x[given])
  n <- length(y)
  same <- lapply(1:2, function(side) outer(given[, side], given[, side], "==") * 1)
  parts <- c(same, list(diag(n)))
  within <- tapply(y, given[, 1], function(part) max(part) - min(part))
  if (all(within == 0)) return(c(var(tapply(y, given[, 1], mean)), 0, 0))
  look <- function(theta) {
    v <- theta[1] * parts[[1]] + theta[2] * parts[[2]] + theta[3] * parts[[3]]
    root <- tryCatch(chol(v), error = function(problem) NULL)
    if (is.null(root)) return(NULL)
    inverse <- chol2inv(root)
    ones <- rowSums(inverse)
    projection <- inverse - tcrossprod(ones) / sum(ones)
    py <- drop(projection %*% y)
    list(
      value = -sum(log(diag(root))) - log(sum(ones)) / 2 - sum(y * py) / 2,
      projection = projection, py = py
    )
  }
  theta <- if (is.null(start)) rep(var(y) / 3, 3) else pmax(start, c(0, 0, 1e-8))
  here <- look(theta)
  for (step in seq_len(steps)) {
    products <- lapply(parts, function(part) here$projection %*% part)
    score <- sapply(1:3, function(i) {
      sum(here$py * (parts[[i]] %*% here$py)) / 2 - sum(diag(products[[i]])) / 2
    })
    information <- outer(1:3, 1:3, Vectorize(function(i, j) sum(products[[i]] * t(products[[j]])) / 2))
    free <- theta > 0 | score > 0
    move <- rep(0, 3)
    move[free] <- solve(information[free, free, drop = FALSE], score[free])
    share <- 1
    repeat {
      trial <- pmax(theta + share * move, c(0, 0, 1e-10 * var(y)))
      there <- look(trial)
      if (!is.null(there) && there$value >= here$value - 1e-12 * abs(here$value)) break
      share <- share / 2
      if (share < 1e-10) return(theta)
    }
    moved <- max(abs(trial - theta))
    theta <- trial
    here <- there
    if (moved < 1e-11 * sum(theta)) break
  }
  theta
}

# Forms for ratings with holes: k is the harmonic mean of ratings a recording, q as ten Hove et al. (2022).
icc_from_components <- function(x, theta) {
  given <- !is.na(x)
  number <- rowSums(given)
  n <- length(number)
  k <- n / sum(1 / number)
  shares <- given / number
  q <- 1 / k - (sum(colSums(shares)^2) - sum(shares^2)) / (n * (n - 1))
  s <- theta[1]
  r <- theta[2]
  e <- theta[3]
  c("ICC(A,1)" = s / (s + r + e), "ICC(A,k)" = s / (s + (r + e) / k), "ICC(Q,k)" = s / (s + q * r + e / k))
}

icc_reml <- function(x, samples = N_REML, confidence = CONFIDENCE) {
  theta <- reml(x)
  found <- icc_from_components(x, theta)
  given <- which(!is.na(x), arr.ind = TRUE)
  simulated <- replicate(samples, {
    y <- x
    y[given] <- rnorm(nrow(x), 0, sqrt(theta[1]))[given[, 1]] +
      rnorm(ncol(x), 0, sqrt(theta[2]))[given[, 2]] + rnorm(nrow(given), 0, sqrt(theta[3]))
    icc_from_components(y, reml(y, start = theta, steps = 40))
  })
  tails <- c((1 - confidence) / 2, (1 + confidence) / 2)
  limits <- apply(simulated, 1, quantile, probs = tails, na.rm = TRUE)
  cbind(icc = found, lower = limits[1, ], upper = limits[2, ])
}

# Standard error of measurement and smallest detectable change (de Vet et al., 2006).
measurement_error <- function(x) {
  if (anyNA(x)) {
    theta <- reml(x)
  } else {
    ms <- mean_squares(x)
    theta <- c(NA, max(0, (ms[["raters"]] - ms[["residual"]]) / nrow(x)), ms[["residual"]])
  }
  sem <- sqrt(theta[2] + theta[3])
  c(sem = sem, sdc = 1.96 * sqrt(2) * sem)
}

# ---- Agreement -----------------------------------------------------------------------------------------------

# Mean over recordings of the share of pairs of coders whose scores differ by no more than `within`.
percent_agreement <- function(x, within = 0) {
  shares <- apply(x, 1, function(scores) {
    scores <- scores[!is.na(scores)]
    if (length(scores) < 2) return(NA)
    mean(abs(outer(scores, scores, "-"))[upper.tri(diag(length(scores)))] <= within)
  })
  mean(shares, na.rm = TRUE)
}

quadratic_weights <- function(points) 1 - outer(points, points, "-")^2 / (max(points) - min(points))^2

# Gwet (2014): quadratic weights over every point of the scale, used or not; with its interval.
gwet_ac2 <- function(x, points, confidence = CONFIDENCE) {
  q <- length(points)
  weights <- quadratic_weights(points)
  counts <- sapply(points, function(point) rowSums(x == point, na.rm = TRUE))
  number <- rowSums(counts)
  several <- number > 1
  n <- length(number)
  agreeing <- ifelse(several, rowSums(counts * (counts %*% weights - 1)) / pmax(number * (number - 1), 1), 0)
  observed <- sum(agreeing) / sum(several)
  shares <- counts / number
  prevalence <- colMeans(shares)
  unit <- sum(weights) / (q * (q - 1))
  chance <- unit * sum(prevalence * (1 - prevalence))
  estimate <- (observed - chance) / (1 - chance)
  own <- n / sum(several) * ifelse(several, agreeing - chance, 0) / (1 - chance) -
    2 * (1 - estimate) * (unit * drop(shares %*% (1 - prevalence)) - chance) / (1 - chance)
  reach <- qt((1 + confidence) / 2, n - 1) * sqrt(sum((own - estimate)^2) / (n * (n - 1)))
  c(estimate = estimate, lower = estimate - reach, upper = min(1, estimate + reach))
}

# Cohen's kappa of two coders with quadratic weights; interval of Fleiss, Cohen & Everitt (1969).
weighted_kappa <- function(x, points, confidence = CONFIDENCE) {
  x <- x[stats::complete.cases(x), , drop = FALSE]
  p <- table(factor(x[, 1], points), factor(x[, 2], points)) / nrow(x)
  w <- quadratic_weights(points)
  row <- rowSums(p)
  column <- colSums(p)
  chance <- sum(outer(row, column) * w)
  kappa <- (sum(p * w) - chance) / (1 - chance)
  mean_weight <- outer(drop(w %*% column), drop(row %*% w), "+")
  spread <- sum(p * (w - mean_weight * (1 - kappa))^2) - (kappa - chance * (1 - kappa))^2
  reach <- qnorm((1 + confidence) / 2) * sqrt(max(spread, 0) / nrow(x)) / (1 - chance)
  c(estimate = kappa, lower = max(-1, kappa - reach), upper = min(1, kappa + reach))
}

# Krippendorff (2011), ordinal differences.
krippendorff_alpha <- function(x) {
  x <- x[rowSums(!is.na(x)) > 1, , drop = FALSE]
  points <- sort(unique(c(x)))
  counts <- sapply(points, function(point) rowSums(x == point, na.rm = TRUE))
  number <- rowSums(counts)
  pairs <- matrix(0, length(points), length(points))
  for (i in seq_len(nrow(counts))) {
    pairs <- pairs + (outer(counts[i, ], counts[i, ]) - diag(counts[i, ], length(points))) / (number[i] - 1)
  }
  margin <- rowSums(pairs)
  middle <- cumsum(margin) - margin / 2
  difference <- outer(middle, middle, "-")^2
  1 - (sum(margin) - 1) * sum(pairs * difference) / sum(outer(margin, margin) * difference)
}

# ---- Internal consistency ------------------------------------------------------------------------------------

# A row for each recording as each coder rated it, a column for each item that varies.
item_rows <- function(data, items) {
  key <- paste(data$target, data$rater, sep = "\r")
  keys <- unique(key)
  x <- matrix(NA_real_, length(keys), length(items))
  x[cbind(match(key, keys), match(data$item, items))] <- data$score
  target <- data$target[match(keys, key)]
  varies <- apply(x, 2, function(scores) length(unique(scores[!is.na(scores)])) > 1)
  x <- x[, varies, drop = FALSE]
  answered <- rowSums(!is.na(x)) > 0
  list(scores = x[answered, , drop = FALSE], target = target[answered])
}

# Each recording's mean of an item, where every coder who scored the item anywhere scored that recording.
rater_means <- function(data) {
  data <- data[!is.na(data$score), ]
  of_item <- tapply(data$rater, data$item, function(raters) length(unique(raters)))
  means <- aggregate(list(score = data$score), data[c("target", "item")], mean)
  number <- aggregate(list(n = data$score), data[c("target", "item")], length)$n
  means$score[number < of_item[as.character(means$item)]] <- NA
  means$rater <- "mean"
  means
}

cronbach_alpha <- function(x) {
  x <- x[stats::complete.cases(x), , drop = FALSE]
  p <- ncol(x)
  p / (p - 1) * (1 - sum(apply(x, 2, var)) / var(rowSums(x)))
}

# One minres factor: loadings that leave the least squared correlations outside the diagonal, from a start or
# from the principal axis.
minres <- function(r, start = NULL) {
  largest <- sqrt(1 - LOWEST_UNIQUENESS)
  loss <- function(l) {
    rest <- r - tcrossprod(l)
    diag(rest) <- 0
    sum(rest^2)
  }
  slope <- function(l) {
    rest <- r - tcrossprod(l)
    diag(rest) <- 0
    drop(-4 * rest %*% l)
  }
  if (is.null(start)) {
    first <- eigen(r, symmetric = TRUE)
    start <- first$vectors[, 1] * sqrt(first$values[1])
  }
  start <- pmin(pmax(start, -0.99), 0.99)
  fit <- nlminb(start, loss, slope,
    lower = -largest, upper = largest,
    control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 1000, eval.max = 2000)
  )
  fit$par
}

omega_of <- function(r, loadings) 1 - sum(1 - loadings^2) / sum(r)

omega_total <- function(x) {
  r <- suppressWarnings(cor(x, use = "pairwise.complete.obs"))
  if (anyNA(r)) return(NA)
  omega_of(r, minres(r))
}

# Where an item's uniqueness is at its bound (a Heywood case) there can be several minima, one for each such
# item, and which of them is found depends on the start: the omega of each.
omega_minima <- function(r) {
  starts <- c(list(NULL), lapply(seq_len(ncol(r)), function(i) replace(r[i, ], i, 0.99)))
  fits <- lapply(starts, function(start) minres(r, start))
  extreme <- sapply(fits, function(l) any(1 - l^2 < LOWEST_UNIQUENESS + 1e-9))
  list(omega = sapply(fits, function(l) omega_of(r, l)), heywood = any(extreme))
}

omega_interval <- function(rows, samples = N_OMEGA, confidence = CONFIDENCE) {
  targets <- unique(rows$target)
  of_target <- split(seq_along(rows$target), factor(rows$target, levels = targets))
  values <- replicate(samples, {
    drawn <- unlist(of_target[sample(length(targets), replace = TRUE)])
    omega_total(rows$scores[drawn, , drop = FALSE])
  })
  quantile(values, c((1 - confidence) / 2, (1 + confidence) / 2), na.rm = TRUE, names = FALSE)
}

# Ratio from the maximum likelihood factor of the covariances, with all that is there of rows with holes.
ml_ratio <- function(x) {
  spread <- apply(x, 2, sd, na.rm = TRUE)
  z <- scale(x)
  p <- ncol(z)
  pattern <- apply(!is.na(z), 1, paste, collapse = "")
  groups <- lapply(split(seq_len(nrow(z)), pattern), function(rows) {
    seen <- which(!is.na(z[rows[1], ]))
    list(seen = seen, scores = z[rows, seen, drop = FALSE])
  })
  unpack <- function(theta) {
    list(mean = theta[1:p], loading = theta[p + 1:p], unique = exp(theta[2 * p + 1:p]))
  }
  deviance <- function(theta) {
    m <- unpack(theta)
    total <- 0
    for (group in groups) {
      seen <- group$seen
      v <- tcrossprod(m$loading[seen]) + diag(m$unique[seen], length(seen))
      root <- chol(v)
      rest <- backsolve(root, t(sweep(group$scores, 2, m$mean[seen])), transpose = TRUE)
      total <- total + 2 * nrow(group$scores) * sum(log(diag(root))) + sum(rest^2)
    }
    total
  }
  slope <- function(theta) {
    m <- unpack(theta)
    of_mean <- of_loading <- of_unique <- rep(0, p)
    for (group in groups) {
      seen <- group$seen
      inverse <- solve(tcrossprod(m$loading[seen]) + diag(m$unique[seen], length(seen)))
      centred <- sweep(group$scores, 2, m$mean[seen])
      weighted <- centred %*% inverse
      of_mean[seen] <- of_mean[seen] - 2 * colSums(weighted)
      by_variance <- nrow(centred) * inverse - crossprod(weighted)
      of_loading[seen] <- of_loading[seen] + 2 * drop(by_variance %*% m$loading[seen])
      of_unique[seen] <- of_unique[seen] + diag(by_variance) * m$unique[seen]
    }
    c(of_mean, of_loading, of_unique)
  }
  loading <- minres(suppressWarnings(cor(x, use = "pairwise.complete.obs")))
  start <- c(rep(0, p), loading, log(pmax(1 - loading^2, 0.05)))
  fit <- nlminb(start, deviance, slope,
    control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 2000, eval.max = 4000)
  )
  m <- unpack(fit$par)
  common <- sum(spread * m$loading)^2
  common / (common + sum(spread^2 * m$unique))
}

# ---- Comparing -----------------------------------------------------------------------------------------------

rows_compared <- list()
n_without <- 0

compare <- function(figure, ours, r, allowed = CLOSE, how = "") {
  ours <- suppressWarnings(as.numeric(ours))
  if (length(ours) != 1 || is.na(ours)) {
    n_without <<- n_without + 1
    return(invisible())
  }
  row <- list(figure = figure, ours = ours, r = as.numeric(unname(r)), allowed = allowed, how = how)
  rows_compared[[length(rows_compared) + 1]] <<- row
}

compare_limits <- function(figure, ours, r) {
  width <- suppressWarnings(as.numeric(ours[2]) - as.numeric(ours[1]))
  allowed <- SHARE_OF_WIDTH * max(width, CLOSE, na.rm = TRUE)
  compare(paste(figure, "lower limit"), ours[1], r[1], allowed, "bootstrap")
  compare(paste(figure, "upper limit"), ours[2], r[2], allowed, "bootstrap")
}

compare_forms <- function(name, x, rows) {
  if (!nrow(rows) || all(is.na(rows$icc))) {
    n_without <<- n_without + nrow(rows)
    return(invisible())
  }
  complete <- !anyNA(x)
  found <- if (complete) icc_anova(x) else icc_reml(x)
  for (form in intersect(rownames(found), rows$form)) {
    ours <- rows[rows$form == form, ]
    label <- paste(name, form)
    compare(label, ours$icc, found[form, "icc"])
    if (complete) {
      for (column in c("lower", "upper", "f", "df1", "df2", "p")) {
        compare(paste(label, column), ours[[column]], found[form, column])
      }
    } else {
      compare_limits(label, c(ours$lower, ours$upper), found[form, c("lower", "upper")])
    }
  }
  if (complete && with_psych) compare_psych(name, x, rows)
  if (!complete && with_lme4) compare_lme4(name, x, rows)
}

compare_psych <- function(name, x, rows) {
  # psych names its six forms otherwise; lmer = FALSE: the analysis of variance, negative values kept.
  beside <- tryCatch(
    suppressMessages(suppressWarnings(psych::ICC(x, lmer = FALSE, alpha = 1 - CONFIDENCE)$results)),
    error = function(problem) NULL
  )
  if (is.null(beside)) return(invisible())
  names <- c("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
  for (i in seq_along(names)) {
    ours <- rows[rows$form == names[i], ]
    if (nrow(ours)) compare(paste(name, names[i]), ours$icc, beside$ICC[i], CLOSE, "psych::ICC")
  }
}

compare_lme4 <- function(name, x, rows) {
  given <- which(!is.na(x), arr.ind = TRUE)
  data <- data.frame(score = x[given], target = factor(given[, 1]), rater = factor(given[, 2]))
  control <- lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
  fit <- suppressMessages(suppressWarnings(
    lme4::lmer(score ~ 1 + (1 | target) + (1 | rater), data, control = control)
  ))
  parts <- as.data.frame(lme4::VarCorr(fit))
  theta <- parts$vcov[match(c("target", "rater", "Residual"), parts$grp)]
  ours <- rows[rows$form == "ICC(A,1)", ]
  compare(paste(name, "ICC(A,1)"), ours$icc, theta[1] / sum(theta), CLOSE, "lme4::lmer")
}

# ---- Every figure of the folder ------------------------------------------------------------------------------

items <- read_table("reliability-items.csv")
forms <- read_table("reliability-icc-forms.csv")
subscales <- read_table("reliability-subscales.csv")
ratings <- read_all("^reliability-ratings-.*[.]csv$")
segments <- read_all("^reliability-segments-.*[.]csv$")
if (is.null(items) || is.null(forms) || is.null(ratings)) {
  cat("There are no figures of reliability in ", normalizePath(folder), ".\n", sep = "")
  quit(status = 2)
}
with_psych <- has("psych")
with_lme4 <- has("lme4")

for (i in seq_len(nrow(items))) {
  item <- items[i, ]
  own <- ratings[ratings$item == item$item, ]
  if (!nrow(own) || all(is.na(own$score))) next
  x <- as_matrix(own)
  name <- paste(item$instrument, item$item)
  compare_forms(name, x, forms[which(forms$instrument == item$instrument & forms$item == item$item), ])
  # A mean over segments is no point of the scale: agreement on points is that on the segments.
  points <- segments[segments$item == item$item, ]
  if (length(points) && nrow(points)) {
    points$target <- paste(points$target, points$segment)
    x <- as_matrix(points)
  }
  if (ncol(x) < 2) next
  compare(paste(name, "percent agreement"), item$percent_agreement, percent_agreement(x))
  compare(paste(name, "within one point"), item$within_one, percent_agreement(x, 1))
  compare(paste(name, "AC2"), item$ac2, gwet_ac2(x, item$lowest:item$highest)[["estimate"]])
}

# ---- Agreement without a model of variance -------------------------------------------------------------------

# Scores of one item as they were given: those of segments, where there are segments.
points_of <- function(code) {
  own <- segments[segments$item == code, ]
  if (!length(own) || !nrow(own)) return(ratings[ratings$item == code, ])
  own$target <- paste(own$target, own$segment)
  own
}

compare_three <- function(figure, ours, found, limits = TRUE) {
  compare(figure, ours[[1]], found[["estimate"]])
  if (!limits) return(invisible())
  compare(paste(figure, "lower"), ours[[2]], found[["lower"]])
  compare(paste(figure, "upper"), ours[[3]], found[["upper"]])
}

agreement <- read_table("agreement-items.csv")
is_segmented <- function(code) !is.null(segments) && code %in% segments$item
for (i in seq_len(NROW(agreement))) {
  item <- agreement[i, ]
  own <- points_of(item$item)
  x <- as_matrix(own)
  if (min(dim(x)) < 2) next
  scale <- items[items$instrument == item$instrument & items$item == item$item, ]
  points <- scale$lowest:scale$highest
  name <- paste(item$instrument, item$item)
  several <- x[rowSums(!is.na(x)) > 1, , drop = FALSE]
  same <- apply(several, 1, function(scores) length(unique(scores[!is.na(scores)])) == 1)
  compare(paste(name, "all coders agree"), item$all_agree, mean(same))
  # Segments of one recording are one draw, which widens the limits.
  plain <- !is_segmented(item$item)
  compare_three(paste(name, "AC2"), item[c("ac2", "ac2_lower", "ac2_upper")], gwet_ac2(x, points, USUAL), plain)
  if (!is.na(item$krippendorff)) {
    compare(paste(name, "Krippendorff's alpha"), item$krippendorff, krippendorff_alpha(x))
  }
  if (!is.na(item$kappa)) {
    kappas <- combn(ncol(x), 2, function(pair) weighted_kappa(x[, pair], points)[["estimate"]])
    kappas <- kappas[is.finite(kappas)]
    compare(paste(name, "mean kappa"), item$kappa, mean(kappas))
    compare(paste(name, "lowest kappa"), item$kappa_least, min(kappas))
    compare(paste(name, "highest kappa"), item$kappa_most, max(kappas))
  }
}

pairs <- read_table("agreement-pairs.csv")
pairs <- pairs[!is.na(pairs$item), ]
for (i in seq_len(NROW(pairs))) {
  pair <- pairs[i, ]
  both <- c(pair$rater, pair$other_rater)
  own <- points_of(pair$item)
  x <- as_matrix(own[own$rater %in% both, ])
  if (ncol(x) < 2) next
  if (own$rater[own$rater %in% both & !is.na(own$score)][1] != both[1]) x <- x[, 2:1]
  scale <- items[items$instrument == pair$instrument & items$item == pair$item, ]
  name <- paste(pair$instrument, pair$item, paste(both, collapse = " and "))
  compare(paste(name, "percent agreement"), pair$percent_agreement, percent_agreement(x))
  compare(paste(name, "within one point"), pair$within_one, percent_agreement(x, 1))
  compare(paste(name, "difference"), pair$difference, mean(x[, 1] - x[, 2], na.rm = TRUE))
  plain <- !is_segmented(pair$item)
  if (!is.na(pair$kappa)) {
    found <- weighted_kappa(x, scale$lowest:scale$highest, USUAL)
    compare_three(paste(name, "kappa"), pair[c("kappa", "kappa_lower", "kappa_upper")], found, plain)
  }
  if (!is.na(pair$icc)) {
    whole <- as_matrix(ratings[ratings$item == pair$item & ratings$rater %in% both, ])
    found <- icc_anova(whole[stats::complete.cases(whole), , drop = FALSE], USUAL)["ICC(A,1)", ]
    names(found)[1] <- "estimate"
    compare_three(paste(name, "ICC(A,1)"), pair[c("icc", "icc_lower", "icc_upper")], found)
  }
}

# ---- The same coder again ------------------------------------------------------------------------------------

again <- read_table("repeats-agreement.csv")
occasions <- read_all("^repeats-ratings-.*[.]csv$")
for (i in seq_len(NROW(again))) {
  row <- again[i, ]
  codes <- row$item
  if (row$level == "subscale") {
    codes <- strsplit(subscales$items[match(row$item, subscales$subscale)], " ")[[1]]
  }
  own <- occasions[occasions$rater == row$rater & occasions$item %in% codes, ]
  sums <- aggregate(list(score = own$score, n = 1), own[c("target", "occasion")], sum)
  sums$score[sums$n < length(codes)] <- NA
  x <- as_matrix(data.frame(target = sums$target, rater = sums$occasion, score = sums$score))
  if (ncol(x) < 2) next
  x <- x[stats::complete.cases(x), , drop = FALSE]
  name <- paste(row$instrument, row$item, row$rater, "again:")
  compare(paste(name, "percent agreement"), row$percent_agreement, percent_agreement(x))
  compare(paste(name, "shift"), row$shift, mean(x[, "2"] - x[, "1"]))
  if (!is.na(row$icc)) {
    found <- icc_anova(x, USUAL)["ICC(A,1)", ]
    names(found)[1] <- "estimate"
    compare_three(paste(name, "ICC(A,1)"), row[c("icc", "lower", "upper")], found)
  }
}

for (i in seq_len(NROW(subscales))) {
  subscale <- subscales[i, ]
  name <- paste(subscale$instrument, subscale$subscale)
  chosen <- if (is.na(subscale$items)) character() else strsplit(subscale$items, " ")[[1]]
  own <- ratings[ratings$item %in% chosen, ]
  if (!nrow(own) || all(is.na(own$score))) next
  rows <- item_rows(own, chosen)
  compare(paste(name, "alpha"), subscale$alpha, cronbach_alpha(rows$scores))
  if (!is.na(subscale$omega_total)) {
    r <- cor(rows$scores, use = "pairwise.complete.obs")
    minima <- omega_minima(r)
    values <- if (minima$heywood) minima$omega else minima$omega[1]
    nearest <- values[which.min(abs(values - subscale$omega_total))]
    said <- if (minima$heywood) "Heywood case: nearest of its minima" else ""
    compare(paste(name, "omega total"), subscale$omega_total, nearest, CLOSE_FACTOR, said)
    limits <- c(subscale$omega_lower, subscale$omega_upper)
    if (!anyNA(limits)) compare_limits(paste(name, "omega total"), limits, omega_interval(rows))
    if (!is.na(subscale$ml_ratio)) {
      compare(paste(name, "ML ratio"), subscale$ml_ratio, ml_ratio(rows$scores), CLOSE_FACTOR)
    }
    if (!is.na(subscale$omega_of_means)) {
      of_means <- omega_minima(cor(item_rows(rater_means(own), chosen)$scores, use = "pairwise.complete.obs"))
      values <- if (of_means$heywood) of_means$omega else of_means$omega[1]
      nearest <- values[which.min(abs(values - subscale$omega_of_means))]
      said <- if (of_means$heywood) "Heywood case: nearest of its minima" else ""
      compare(paste(name, "omega of means"), subscale$omega_of_means, nearest, CLOSE_FACTOR, said)
    }
    if (with_psych && !minima$heywood) { # psych's loadings can pass the bound
      fit <- tryCatch(
        suppressMessages(suppressWarnings(psych::fa(r, nfactors = 1, fm = "minres", rotate = "none"))),
        error = function(problem) NULL
      )
      if (!is.null(fit)) {
        beside <- omega_of(r, fit$loadings[, 1])
        compare(paste(name, "omega total"), subscale$omega_total, beside, CLOSE_FACTOR, "psych::fa")
      }
    }
  }
  # A sum that lacks more items than the settings allow is missing.
  given <- list(score = ifelse(is.na(own$score), 0, own$score), n = as.numeric(!is.na(own$score)))
  sums <- aggregate(given, own[c("target", "rater")], sum)
  sums$score <- ifelse(
    sums$n > 0 & sums$n >= ENOUGH * length(chosen) - 1e-9, sums$score / sums$n * length(chosen), NA
  )
  x <- as_matrix(sums)
  if (min(dim(x)) < 2 || is.na(subscale$icc)) next
  of_sum <- which(forms$instrument == subscale$instrument & forms$subscale == subscale$subscale)
  compare_forms(name, x, forms[of_sum, ])
  found <- if (anyNA(x)) icc_from_components(x, reml(x)) else icc_anova(x)[, "icc"]
  compare(paste(name, "ICC(A,1)"), subscale$icc, found[["ICC(A,1)"]])
  error <- measurement_error(x)
  compare(paste(name, "SEM"), subscale$sem, error[["sem"]])
  compare(paste(name, "SDC"), subscale$sdc, error[["sdc"]])
}

# ---- The table -----------------------------------------------------------------------------------------------

column <- function(name, kind) vapply(rows_compared, function(row) row[[name]], kind)
compared <- data.frame(
  figure = column("figure", ""), ours = column("ours", 0), r = column("r", 0),
  allowed = column("allowed", 0), how = column("how", ""), stringsAsFactors = FALSE
)
compared$difference <- abs(compared$ours - compared$r)
compared$differs <- is.na(compared$difference) | compared$difference > compared$allowed
cat(sprintf("%-64s %14s %14s %10s  %s\n", "figure", "ours", "R", "difference", ""))
notes <- paste(compared$how, ifelse(compared$differs, "DIFFERS", ""))
cat(sprintf(
  "%-64s %14.8f %14.8f %10.1e  %s\n",
  compared$figure, compared$ours, compared$r, compared$difference, notes
), sep = "")
exact <- compared$how != "bootstrap"
cat(sprintf(
  "\n%d figures compared, largest difference %.1e; %d limits by bootstrap; %d figures are not there.\n",
  sum(exact), max(compared$difference[exact], 0), sum(!exact), n_without
))
cat(sprintf("%d differ by more than is allowed.\n", sum(compared$differs)))
if (!nrow(compared)) quit(status = 2)
if (any(compared$differs)) quit(status = 1)
