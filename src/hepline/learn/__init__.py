"""What can be learned? The place of machine learning; nothing here yet.

A trained model will enter the graph as a node of `columns`. May import analysis and below.
"""
