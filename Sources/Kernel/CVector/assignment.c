// The row loops of the assignment solver (Assignment.swift), once for float and once for double
// costs. Only subtractions, comparisons and selections: nothing a vector level could round
// differently, and equal values always give the lowest column.
#include "include/assignment.h"
#include "lanes.h"

// Columns per block. A scan keeps the least value of each block, so that the place of the least
// is looked for in one block only; 256 doubles are half of what a first-level cache serves well.
#define BLOCK BASIN_ASSIGNMENT_BLOCK
// Doubles to a register of 512 bits.
#define WIDTH 8

typedef double reals __attribute__((ext_vector_type(WIDTH), aligned(8)));
typedef double four_reals __attribute__((ext_vector_type(4)));
typedef double two_reals __attribute__((ext_vector_type(2)));
typedef float short_reals __attribute__((ext_vector_type(WIDTH), aligned(4)));
typedef int indexes __attribute__((ext_vector_type(WIDTH), aligned(4)));
typedef long masks __attribute__((ext_vector_type(WIDTH)));

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

BASIN_CLONES
int basin_assignment_find(const double *distances, int from, int to, double value) {
  int column = from;
  for (; column + WIDTH <= to; column += WIDTH) {
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
