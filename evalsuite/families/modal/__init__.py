"""Modal and intuitionistic logic: validity, Kripke models and their frames."""
