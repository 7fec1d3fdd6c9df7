"""Calibration as declared: free parameters fitted to findings that may be fitted to, and to nothing else.

`specification` is what is declared, `misfit` how far one set of values is from the findings, `search` the trials,
`sensitivity` what the findings can tell about the parameters, `fit` all of it in order, with its files.
"""
