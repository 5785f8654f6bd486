#include "include/vector.h"
#include "lanes.h"

BASIN_CLONES
void basin_products(const float *restrict a, const float *restrict b, size_t count,
                    double sums[3]) {
#pragma STDC FP_CONTRACT OFF
  double ab[LANES] = {0}, aa[LANES] = {0}, bb[LANES] = {0};
  for (size_t i = 0; i + LANES <= count; i += LANES) {
    for (size_t lane = 0; lane < LANES; lane++) {
      double x = a[i + lane], y = b[i + lane];
      ab[lane] += x * y;
      aa[lane] += x * x;
      bb[lane] += y * y;
    }
  }
  sums[0] = sums[1] = sums[2] = 0;
  for (size_t lane = 0; lane < LANES; lane++) {
    sums[0] += ab[lane];
    sums[1] += aa[lane];
    sums[2] += bb[lane];
  }
}

BASIN_CLONES
void basin_add_difference(float *restrict out, const float *restrict x,
                          const float *restrict origin, float share, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t i = 0; i < count; i++) out[i] += share * (x[i] - origin[i]);
}

BASIN_CLONES
void basin_corner_step(float *restrict w, float *restrict v, const float *restrict g, float keep,
                       float share, float decay, float rate, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t i = 0; i < count; i++) {
    v[i] = keep * v[i] + share * g[i] + decay * w[i];
    w[i] -= rate * v[i];
  }
}

BASIN_CLONES
void basin_pair_step(float *restrict a, float *restrict b, float *restrict va, float *restrict vb,
                     const float *restrict g, const basin_pair *pair, size_t count) {
#pragma STDC FP_CONTRACT OFF
  float keep = pair->keep, rate = pair->rate, cross = pair->cross;
  float share_a = pair->share[0], share_b = pair->share[1];
  float own_a = pair->own[0], own_b = pair->own[1];
  for (size_t i = 0; i < count; i++) {
    float x = a[i], y = b[i];
    va[i] = keep * va[i] + share_a * g[i] + own_a * x + cross * y;
    vb[i] = keep * vb[i] + share_b * g[i] + own_b * y + cross * x;
    a[i] = x - rate * va[i];
    b[i] = y - rate * vb[i];
  }
}
