"""Codebooks: one file per data set, each a mapping from the publisher's columns to the one schema of events.

A codebook is found because its file is here (see `library`); nothing else is edited to add one. Files that begin
with an underscore are shared machinery.
"""
