"""Report: the dossier of a study, its plots and its bibliography. It only reads results."""
