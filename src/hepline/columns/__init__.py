"""What do I ask of the events? Recipes: typed, frozen, shared nodes, and the words for them.

Read `nodes` first (what a recipe is), then the families of nodes: `leaves`, `elementwise`,
`lists`, `navigation`, `tables`, `fill`, `vary`. On top stand the words that users write: `events`,
`expression` (one column; its `methods`), `records` (collections and pairs; `objects`, `ordering`
and `relating` are its parts), `functions` (choice, histograms), `reductions`, `words`, `random`,
`weight`, and `calling` and `mapping` for functions of the user; `foreign` and `arrays` translate
the names of other libraries. `orders`, `rounding`, `matching` and `frames` build the nodes of these
words. `fields`, `momenta`, `stored` and `kinematics` find a field, `conventions` interpret the
columns of a format, `choosing` interprets brackets, and `lifting` decides dtypes. `schema` names
the columns; `source` is the protocol between the engine and `data`.

A new elementwise operation is a row of the table in `elementwise`. A new operation on lists is a
node in `lists`, a rule in `engine.definitions` and one in `engine.columnar`, a form in
`engine.compiled.lists`, a word in `methods` or `arrays`, and a row in
``tests/engine/test_grid.py``.

May import `physics` and below; knows neither files nor engines.
"""
