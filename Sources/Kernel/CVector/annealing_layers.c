#include "include/annealing_layers.h"
#include "lanes.h"

BASIN_INLINE lanes_t positive(lanes_t x) {
  const mask_t set = x > (lanes_t){0};
  return (lanes_t)(set & (mask_t)x);
}

BASIN_CLONES
void basin_layer_sum(const float *const *columns, size_t count, size_t length, float *sum) {
#pragma STDC FP_CONTRACT OFF
  for (size_t at = 0; at < length; at += LANES) {
    lanes_t x = {0};
    for (size_t i = 0; i < count; i++) x += *(const lanes_t *)(columns[i] + at);
    *(lanes_t *)(sum + at) = x;
  }
}

/// Sixteen times `tile` samples; their sums stay in registers.
BASIN_INLINE void change_tile(const float *z, size_t units, size_t length, const float *weights,
                              float shift, float *change, size_t tile) {
#pragma STDC FP_CONTRACT OFF
  lanes_t sum[4];
  for (size_t t = 0; t < tile; t++) sum[t] = (lanes_t){0} + shift;
  for (size_t u = 0; u < units; u++) {
    const float w = weights[u];
    const lanes_t *row = (const lanes_t *)(z + u * length);
    for (size_t t = 0; t < tile; t++) sum[t] += positive(row[t]) * w;
  }
  for (size_t t = 0; t < tile; t++) ((lanes_t *)change)[t] = sum[t];
}

BASIN_CLONES
void basin_layer_change(const float *z, size_t units, size_t length, const float *weights,
                        float shift, float *change) {
  size_t at = 0;
  for (; at + 4 * LANES <= length; at += 4 * LANES)
    change_tile(z + at, units, length, weights, shift, change + at, 4);
  for (; at < length; at += 2 * LANES)
    change_tile(z + at, units, length, weights, shift, change + at, 2);
}

BASIN_CLONES
void basin_layer_update(const float *z, size_t units, size_t length, const float *pre,
                        const float *weights, float *out, float *rectified) {
#pragma STDC FP_CONTRACT OFF
  for (size_t at = 0; at < length; at += 2 * LANES) {
    lanes_t r[4][2];
    for (size_t j = 0; j < 4; j++)
      for (size_t t = 0; t < 2; t++)
        r[j][t] = positive(((const lanes_t *)(pre + j * length + at))[t]);
    for (size_t u = 0; u < units; u++) {
      const float *w = weights + 4 * u;
      for (size_t t = 0; t < 2; t++) {
        const size_t place = u * length + at + t * LANES;
        lanes_t x = *(const lanes_t *)(z + place);
        for (size_t j = 0; j < 4; j++) x += r[j][t] * w[j];
        if (out) *(lanes_t *)(out + place) = x;
        if (rectified) *(lanes_t *)(rectified + place) = positive(x);
      }
    }
  }
}

BASIN_CLONES
void basin_layer_positive(const float *x, size_t count, float *positives) {
  for (size_t at = 0; at < count; at += LANES)
    *(lanes_t *)(positives + at) = positive(*(const lanes_t *)(x + at));
}

BASIN_CLONES
void basin_layer_bias(float *x, const float *bias, size_t units, size_t length, float *rectified) {
#pragma STDC FP_CONTRACT OFF
  for (size_t u = 0; u < units; u++)
    for (size_t at = u * length; at < (u + 1) * length; at += LANES) {
      const lanes_t sum = *(lanes_t *)(x + at) + bias[u];
      *(lanes_t *)(x + at) = sum;
      if (rectified) *(lanes_t *)(rectified + at) = positive(sum);
    }
}

BASIN_CLONES
long basin_layer_wrong(const float *logits, size_t classes, size_t length, const uint8_t *labels,
                       size_t count) {
  long wrong = 0;
  for (size_t at = 0; at < length; at += LANES) {
    lanes_t best = *(const lanes_t *)(logits + at);
    mask_t class = {0};
    for (size_t c = 1; c < classes; c++) {
      const lanes_t x = *(const lanes_t *)(logits + c * length + at);
      const mask_t better = x > best;
      best = (lanes_t)((better & (mask_t)x) | (~better & (mask_t)best));
      class = (better & (int32_t)c) | (~better & class);
    }
    for (size_t lane = 0; lane < LANES && at + lane < count; lane++)
      wrong += class[lane] != labels[at + lane];
  }
  return wrong;
}
