#include "include/vector.h"
#include "lanes.h"

BASIN_CLONES
void basin_add_bias(float *x, const float *bias, size_t rows, size_t columns, int rectify) {
#pragma STDC FP_CONTRACT OFF
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    if (rectify) {
      for (size_t c = 0; c < columns; c++) {
        float y = row[c] + bias[c];
        row[c] = y > 0 ? y : 0;
      }
    } else {
      for (size_t c = 0; c < columns; c++) row[c] += bias[c];
    }
  }
}

BASIN_CLONES
void basin_rectify_backward(float *restrict dy, const float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}

BASIN_CLONES
void basin_blend(float *out, const float *a, const float *b, float alpha, size_t count) {
#pragma STDC FP_CONTRACT OFF
  // From the nearer end, so that equal ends and the ends themselves come out exactly.
  if (alpha < 0.5f) {
    for (size_t i = 0; i < count; i++) out[i] = b[i] + alpha * (a[i] - b[i]);
  } else {
    float rest = 1 - alpha;
    for (size_t i = 0; i < count; i++) out[i] = a[i] - rest * (a[i] - b[i]);
  }
}

BASIN_CLONES
void basin_blend_bias(float *restrict out, const float *restrict a, const float *restrict b,
                      float alpha, const float *restrict bias, size_t rows, size_t columns,
                      int rectify) {
#pragma STDC FP_CONTRACT OFF
  // floor_ is 0 with a rectifier and the smallest number without: one loop for both.
  float floor_ = rectify ? 0 : -__builtin_inff();
  float rest = 1 - alpha;
  for (size_t r = 0; r < rows; r++) {
    const float *x = a + r * columns, *y = b + r * columns;
    float *z = out + r * columns;
    if (alpha < 0.5f) {
      for (size_t c = 0; c < columns; c++) {
        float value = y[c] + alpha * (x[c] - y[c]) + bias[c];
        z[c] = value > floor_ ? value : floor_;
      }
    } else {
      for (size_t c = 0; c < columns; c++) {
        float value = x[c] - rest * (x[c] - y[c]) + bias[c];
        z[c] = value > floor_ ? value : floor_;
      }
    }
  }
}

BASIN_CLONES
void basin_update(float *restrict w, const float *restrict v, float rate, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t i = 0; i < count; i++) w[i] -= rate * v[i];
}

BASIN_CLONES
void basin_decay(float *restrict v, const float *restrict w, float decay, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t i = 0; i < count; i++) v[i] += decay * w[i];
}

BASIN_CLONES
void basin_column_sums(float *restrict out, float keep, const float *restrict x, size_t rows,
                       size_t columns) {
#pragma STDC FP_CONTRACT OFF
  for (size_t c = 0; c < columns; c++) out[c] *= keep;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) out[c] += x[r * columns + c];
}

BASIN_CLONES
void basin_multiply(float *restrict x, const float *restrict mask, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] *= mask[i];
}
