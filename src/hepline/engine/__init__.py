"""How is it computed? From recipes to numbers, the same for any chunk size and number of workers.

Read `plan` first: the named stages from request to kernel, with their rules in `rules`; `explain`
prints them. `definitions` (with `following` and `tabled`) defines every operation in plain Python;
`reference` runs it event by event, `interpreter` runs the blocks of `schedule` with the array
operations of `columnar`, `compiled` writes kernels, which `machine` translates. `phases` cuts a
plan at calls (`calls`, `usercode`); `handover` defines what passes between phases. `run`
carries out a plan chunk by chunk (`cutting`, `chunk`, `executors`) and merges the results
(`merging`, `filled`, `exact`: sums that do not depend on the order of merging). `counter` makes
random numbers, `transport` carries recipes to other processes.

May import `columns` and below; knows no file format (that is `data`).
"""
