// The row loops of the assignment solver (Assignment.swift), once for float and once for double
// costs. Only subtractions, comparisons and selections: nothing a vector level could round
// differently, and equal values always give the lowest column.
#include "assignment.h"

#include <math.h>

#if defined(__x86_64__)
#define LEVELS __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define LEVELS
#endif

// Columns per block. A scan keeps the least value of each block, so that the place of the least
// is looked for in one block only; 256 doubles are half of what a first-level cache serves well.
#define BLOCK BASIN_ASSIGNMENT_BLOCK
#define LANES 8

typedef double reals __attribute__((ext_vector_type(LANES), aligned(8)));
typedef double four_reals __attribute__((ext_vector_type(4)));
typedef double two_reals __attribute__((ext_vector_type(2)));
typedef float short_reals __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int indexes __attribute__((ext_vector_type(LANES), aligned(4)));
typedef long masks __attribute__((ext_vector_type(LANES)));

// Selections, which are one instruction each; the builtins for minima also look after NaN.
#define LEAST(a, b) ((a) < (b) ? (a) : (b))
#define MOST(a, b) ((a) < (b) ? (b) : (a))

// The least of all lanes, halves against halves: three selections deep, not eight.
#define LEAST_OF(lanes, result)                                                                    \
  do {                                                                                             \
    const four_reals four = LEAST((lanes).lo, (lanes).hi);                                         \
    const two_reals two = LEAST(four.lo, four.hi);                                                 \
    result = LEAST(two.x, two.y);                                                                  \
  } while (0)

LEVELS int basin_assignment_find(const double *distances, int from, int to, double value) {
  int column = from;
  for (; column + LANES <= to; column += LANES) {
    if (__builtin_reduce_or(*(const reals *)(distances + column) == value)) break;
  }
  while (column < to && distances[column] != value) column++;
  return column;
}

#define COST float
#define NAME(function) function##_f32
#define LOAD(pointer) __builtin_convertvector(*(const short_reals *)(pointer), reals)
#include "assignment_rows.h"
#undef COST
#undef NAME
#undef LOAD

#define COST double
#define NAME(function) function##_f64
#define LOAD(pointer) (*(const reals *)(pointer))
#include "assignment_rows.h"
