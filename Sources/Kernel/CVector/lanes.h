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
