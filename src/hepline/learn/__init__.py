"""What can be learned from events? Features, models, and their scores as expressions.

Start reading at `predict`, which makes a score of a model and expressions; `forest` holds decision
trees as arrays, `loops` goes through them as machine code, and `xgboost_json` reads those of
XGBoost.
May import analysis, engine and data, and below.
"""
