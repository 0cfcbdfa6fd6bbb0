"""What can be learned from events? Features, models, and their scores as expressions.

Start reading at `features` (what a model sees) and `training` (a model for each fold): `sample`
computes the rows, `folds` divides events, `preparation` transforms features, `models` has the
kinds, `metrics` judges. `predict` makes a score of a model and expressions: `artefact` stores
models, `forest` holds decision trees as arrays, `loops` goes through them as machine code,
`xgboost_json` reads those of XGBoost. May import analysis, engine and data, and below.
"""
