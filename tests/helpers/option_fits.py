"""The fit of management options, as a query gives it."""

from symptoms.option_fit import FITS


def read_fits(patient, options):
    """Map the keys of these options to their fit."""
    return {key: FITS[rank] for key, rank in patient.annotate_fit(options).values_list("pk", "fit_rank")}
