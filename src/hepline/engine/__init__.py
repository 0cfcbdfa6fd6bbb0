"""How is it computed? From recipes to numbers, the same for any chunk size and number of workers.

Read `plan` first: the named stages from what was asked to what is computed, their rules in
`rules`, and `explain`, which prints them. `definitions` says what every operation means, in plain
Python, and `reference` runs it event by event; `interpreter` runs the blocks of `schedule` with the
array operations of `columnar`; `compiled` writes kernels, which `machine` translates. `phases` cuts
a plan where it calls what neither contains (`calls`, `usercode`), and `handover` names what passes
from one phase to the next.
`run` carries out a plan chunk by chunk (`chunk`, `executors`) and merges what comes back
(`merging`, `filled`, `exact`: sums that no order of merging can change). `counter` makes the
random numbers, `transport` carries recipes to other processes.

May import `columns` and below; knows no file format (that is `data`).
"""
