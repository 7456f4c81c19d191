"""One integer model of what is printed about a group of people: figures and relations are data.

A constraint file (docs/constraint-language.md) is read into a `Model`. From there: conflicts and
repairs, synthetic cohorts, bounds on what readers can infer. No figure and no relation
stands in the code.
"""
