"""Write a TTree again with ROOT: its own baskets and clusters, other compression, or an RNTuple.

python rewrite.py FROM TO TREE tree|rntuple ALGORITHM LEVEL

Run by make_events.py in the Python that has ROOT.
"""

import sys

import ROOT


def as_tree(source, target, tree, algorithm, level):
    """Copy every branch with its type and counter; ROOT cuts the clusters."""
    given = ROOT.TFile.Open(source)
    made = ROOT.TFile.Open(target, "RECREATE", "", 100 * algorithm + level)
    copy = given[tree].CloneTree(0)
    # CloneTree takes over the buffer sizes of the source; ROOT's defaults are what users have.
    copy.SetBasketSize("*", 32000)
    copy.SetAutoFlush(-30_000_000)
    for branch in copy.GetListOfBranches():
        branch.SetCompressionSettings(100 * algorithm + level)
    copy.CopyEntries(given[tree], -1)
    made.Write()
    made.Close()


def as_rntuple(source, target, tree, algorithm, level):
    """Every column a field of its own; lists become vectors, in file order."""
    options = ROOT.RDF.RSnapshotOptions()
    options.fOutputFormat = ROOT.RDF.ESnapshotOutputFormat.kRNTuple
    options.fCompressionAlgorithm = algorithm
    options.fCompressionLevel = level
    frame = ROOT.RDataFrame(tree, source)
    columns = [str(name) for name in frame.GetColumnNames()]
    frame.Snapshot(tree, target, columns, options)


if __name__ == "__main__":
    source, target, tree, kind, algorithm, level = sys.argv[1:]
    write = as_rntuple if kind == "rntuple" else as_tree
    write(source, target, tree, int(algorithm), int(level))
