"""Analytic tableaux: rules, branches, closed and open tableaux."""
