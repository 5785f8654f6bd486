"""A reader of tables of numbers as data: one sample a row, its class in the last column.

    plugin load examples/plugins/csv_data.py
    flowers = load iris.csv

A first row without numbers is taken for names of columns. Classes may be words; they are numbered
in the order of the alphabet. Columns are brought to mean 0 and deviation 1.
"""
import csv

import numpy as np
from basin_plugin import PluginError, dataset, reader, run


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


@reader(
    id="csv_data", summary="tables of numbers with the class in the last column", endings=[".csv"])
def csv_data(path):
    """Reads comma-separated values: one sample a row, its class in the last column, columns brought
    to mean 0 and deviation 1. A first row without numbers names the columns."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    if rows and not any(is_number(cell) for cell in rows[0]):
        rows = rows[1:]
    if not rows:
        raise PluginError(f"there are no samples in {path}")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]) or not all(is_number(cell) for cell in row[:-1]):
            count = len(rows[0]) - 1
            raise PluginError(f"row {number} of {path} is not {count} numbers and a class")
    inputs = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    deviation = inputs.std(axis=0)
    inputs = (inputs - inputs.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    classes, labels = np.unique([row[-1].strip() for row in rows], return_inverse=True)
    return dataset(inputs, labels, classes=len(classes))


run()
