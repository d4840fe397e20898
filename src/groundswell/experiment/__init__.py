"""Experiments: study files, arms and twins, ensembles, their store, and the runner that composes them."""
