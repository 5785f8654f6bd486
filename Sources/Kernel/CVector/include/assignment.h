// The row loops of the assignment solver; see assignment.c.
#pragma once

/// Columns per block of `block_least`.
#define BASIN_ASSIGNMENT_BLOCK 256

#define BASIN_ASSIGNMENT_DECLARE(TYPE, SUFFIX)                                                     \
  /** distances = row - duals; the least of each block of columns. */                              \
  void basin_assignment_start_##SUFFIX(const TYPE *row, const double *duals, int row_index,        \
                                       int count, double *distances, int *rows,                    \
                                       double *block_least);                                       \
  /** distances = min(distances, row - duals - shift), noting the row where that is shorter. */    \
  void basin_assignment_relax_##SUFFIX(const TYPE *row, const double *duals, double shift,         \
                                       int row_index, int count, double *distances, int *rows,     \
                                       double *block_least);                                       \
  /** The two least of row - duals, and the first column that has the least. */                    \
  void basin_assignment_two_##SUFFIX(const TYPE *row, const double *duals, int count,              \
                                     double *values, int *column_of_least);                        \
  /** least = min(least, row), noting the row where that is smaller. */                            \
  void basin_assignment_columns_##SUFFIX(const TYPE *row, int row_index, int count, double *least, \
                                         int *rows);

BASIN_ASSIGNMENT_DECLARE(float, f32)
BASIN_ASSIGNMENT_DECLARE(double, f64)

/// The first column of from..<to at that distance, or `to`.
int basin_assignment_find(const double *distances, int from, int to, double value);

#undef BASIN_ASSIGNMENT_DECLARE
