"""What do I ask of the events? Recipes: typed, frozen, shared nodes, and how users write them.

Read `nodes` first (what a recipe is), then the families of nodes: `leaves`, `elementwise`,
`lists`, `navigation`, `tables`, `fill`, `vary`. On top stand the words that users write: `events`,
`expression` (one column, with the `methods` that it has), `records` (collections and pairs;
`objects`, `ordering` and `relating` are its parts), `functions` (choice, histograms),
`reductions`, `words`, `random`, `weight`; `foreign` and `arrays` know what other libraries call
the same. The nodes of these words are put together in `orders`, `rounding`, `matching` and
`frames`. `fields`, `momenta`, `stored` and `kinematics` say where a field comes from,
`conventions` what the columns of a format mean; `choosing` what brackets mean; `lifting` which
dtype results. `schema` names the columns; `source` is what the engine asks of `data`.

A new operation on elements is a row of the table in `elementwise`. A new one on lists is a node in
`lists`, a rule in `engine.definitions` and one in `engine.columnar`, a form in
`engine.compiled.lists`, and a row of the grid in ``tests/engine/test_grid.py``.

May import `physics`, `errors`, `units` and `records`; knows neither files nor engines.
"""
