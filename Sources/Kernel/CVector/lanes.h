// What the C files share: clones per vector level, and sixteen lanes as a type.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define BASIN_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define BASIN_CLONES
#endif

// Lanes are only ever passed between functions that are inlined, so there is no interface to keep.
#pragma clang diagnostic ignored "-Wpsabi"

#define BASIN_INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };

typedef float lanes_t __attribute__((vector_size(64), aligned(64)));
typedef float unaligned_lanes_t __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t mask_t __attribute__((vector_size(64), aligned(64)));

/// The sum of some numbers in sixteen lanes, which are then added in order.
BASIN_INLINE float lane_sum(const float *x, size_t count) {
#pragma STDC FP_CONTRACT OFF
  lanes_t lanes = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) lanes += *(const unaligned_lanes_t *)(x + i);
  float sum = 0;
  for (size_t lane = 0; lane < LANES; lane++) sum += lanes[lane];
  for (; i < count; i++) sum += x[i];
  return sum;
}
