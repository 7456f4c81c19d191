# Writes reference.csv: what base R's stats package gives for the tables below.
# Run: Rscript reference.R > reference.csv
tables <- list(c(21, 28, 13, 29), c(14, 28, 9, 29), c(0, 28, 5, 29), c(5, 28, 0, 29),
               c(28, 28, 20, 29), c(9, 28, 29, 29), c(3, 4, 1, 4), c(2, 12, 15, 18),
               c(56, 70, 48, 80), c(108, 172, 136, 250), c(1, 57, 1, 57), c(0, 3, 0, 5))
proportions <- list(c(0, 57), c(57, 57), c(1, 57), c(45, 57), c(28, 57), c(0, 1), c(163, 479))
show <- function(what, key, name, value)
  cat(sprintf("%s,%s,%s,%.15g\n", what, key, name, value), sep = "")
cat("what,key,name,value\n")
for (t in tables) {
  key <- paste(t, collapse = " ")
  fit <- fisher.test(matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2))
  show("fisher", key, "p", fit$p.value)
  show("fisher", key, "odds_ratio", unname(fit$estimate))
  show("fisher", key, "low", fit$conf.int[1])
  show("fisher", key, "high", fit$conf.int[2])
}
for (p in proportions) for (level in c(0.95, 0.9)) {
  key <- paste(c(p, level), collapse = " ")
  score <- suppressWarnings(prop.test(p[1], p[2], conf.level = level, correct = FALSE))$conf.int
  exact <- binom.test(p[1], p[2], conf.level = level)$conf.int
  show("wilson", key, c("low", "high"), score)
  show("clopper-pearson", key, c("low", "high"), exact)
}
people <- expand.grid(a = 0:1, b = 0:1, y = 0:1)
people$n <- c(10, 4, 6, 3, 5, 9, 4, 12)
fit <- glm(y ~ a + b, binomial, people, n, control = glm.control(epsilon = 1e-14))
limits <- exp(confint.default(fit))
for (term in c("a", "b")) {
  show("glm", term, "odds_ratio", exp(coef(fit)[[term]]))
  show("glm", term, c("low", "high"), limits[term, ])
  show("glm", term, "p", summary(fit)$coefficients[term, 4])
}
