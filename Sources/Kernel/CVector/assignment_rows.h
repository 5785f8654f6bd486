// One set of the loops of assignment.c, for costs of type COST.

BASIN_CLONES
void NAME(basin_assignment_start)(const COST *row, const double *duals, int row_index,
                                  int count, double *distances, int *rows,
                                  double *block_least) {
  for (int from = 0; from < count; from += BLOCK) {
    const int to = from + BLOCK < count ? from + BLOCK : count;
    reals least = INFINITY;
    int column = from;
    for (; column + WIDTH <= to; column += WIDTH) {
      const reals value = LOAD(row + column) - *(const reals *)(duals + column);
      *(reals *)(distances + column) = value;
      *(indexes *)(rows + column) = row_index;
      least = LEAST(least, value);
    }
    double block;
    LEAST_OF(least, block);
    for (; column < to; column++) {
      distances[column] = (double)row[column] - duals[column];
      rows[column] = row_index;
      if (distances[column] < block) block = distances[column];
    }
    block_least[from / BLOCK] = block;
  }
}

BASIN_CLONES
void NAME(basin_assignment_relax)(const COST *row, const double *duals, double shift,
                                  int row_index, int count, double *distances, int *rows,
                                  double *block_least) {
  for (int from = 0; from < count; from += BLOCK) {
    const int to = from + BLOCK < count ? from + BLOCK : count;
    reals least = INFINITY;
    int column = from;
    for (; column + WIDTH <= to; column += WIDTH) {
      const reals value = LOAD(row + column) - *(const reals *)(duals + column) - shift;
      const reals old = *(const reals *)(distances + column);
      const masks shorter = value < old;
      const reals both = LEAST(value, old);
      if (__builtin_reduce_or(shorter)) {
        indexes *const from_row = (indexes *)(rows + column);
        *(reals *)(distances + column) = both;
        *from_row = __builtin_convertvector(shorter, indexes) ? (indexes)row_index : *from_row;
      }
      least = LEAST(least, both);
    }
    double block;
    LEAST_OF(least, block);
    for (; column < to; column++) {
      const double value = (double)row[column] - duals[column] - shift;
      if (value < distances[column]) {
        distances[column] = value;
        rows[column] = row_index;
      }
      if (distances[column] < block) block = distances[column];
    }
    block_least[from / BLOCK] = block;
  }
}

BASIN_CLONES
void NAME(basin_assignment_two)(const COST *row, const double *duals, int count,
                                double *values, int *column_of_least) {
  double least = INFINITY, second = INFINITY;
  int block_of_least = 0;
  for (int from = 0; from < count; from += BLOCK) {
    const int to = from + BLOCK < count ? from + BLOCK : count;
    reals first_lanes = INFINITY, second_lanes = INFINITY;
    int column = from;
    for (; column + WIDTH <= to; column += WIDTH) {
      const reals value = LOAD(row + column) - *(const reals *)(duals + column);
      second_lanes = LEAST(second_lanes, MOST(first_lanes, value));
      first_lanes = LEAST(first_lanes, value);
    }
    double first_in_block = INFINITY, second_in_block;
    LEAST_OF(second_lanes, second_in_block);
    for (int lane = 0; lane < WIDTH; lane++) {
      const double value = first_lanes[lane];
      if (value < first_in_block) {
        if (first_in_block < second_in_block) second_in_block = first_in_block;
        first_in_block = value;
      } else if (value < second_in_block) {
        second_in_block = value;
      }
    }
    for (; column < to; column++) {
      const double value = (double)row[column] - duals[column];
      if (value < first_in_block) {
        if (first_in_block < second_in_block) second_in_block = first_in_block;
        first_in_block = value;
      } else if (value < second_in_block) {
        second_in_block = value;
      }
    }
    if (first_in_block < least) {
      second = second_in_block < least ? second_in_block : least;
      least = first_in_block;
      block_of_least = from;
    } else if (first_in_block < second) {
      second = first_in_block;
    }
  }
  int column = block_of_least;
  while (column + 1 < count && (double)row[column] - duals[column] != least) column++;
  values[0] = least;
  values[1] = second;
  *column_of_least = column;
}

BASIN_CLONES
void NAME(basin_assignment_columns)(const COST *row, int row_index, int count,
                                    double *least, int *rows) {
  int column = 0;
  for (; column + WIDTH <= count; column += WIDTH) {
    const reals value = LOAD(row + column);
    reals *const old = (reals *)(least + column);
    indexes *const from_row = (indexes *)(rows + column);
    const masks smaller = value < *old;
    *old = LEAST(value, *old);
    *from_row = __builtin_convertvector(smaller, indexes) ? (indexes)row_index : *from_row;
  }
  for (; column < count; column++) {
    if ((double)row[column] < least[column]) {
      least[column] = (double)row[column];
      rows[column] = row_index;
    }
  }
}
