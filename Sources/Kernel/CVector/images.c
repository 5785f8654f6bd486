#include "include/images.h"
#include "lanes.h"

/// The windows of a line, from `begin` on, whose place `k` lies within the image: first and one past the
/// last, counted from `begin`.
BASIN_INLINE void inside(const basin_windows *w, size_t side, size_t begin, size_t count, size_t k,
                         size_t *first, size_t *end) {
  *first = k < w->padding ? (w->padding - k + w->stride - 1) / w->stride : 0;
  *end = side + w->padding > k ? (side + w->padding - k - 1) / w->stride + 1 : 0;
  *first = *first > begin ? *first - begin : 0;
  *end = *end > begin ? *end - begin : 0;
  if (*end > count) *end = count;
  if (*first > *end) *first = *end;
}

BASIN_CLONES
void basin_window_columns(const float *restrict image, const basin_windows *w,
                          const basin_window_tile *tile, size_t channels, float *restrict columns,
                          size_t stride) {
  for (size_t c = 0; c < channels; c++) {
    const float *plane = image + c * w->height * w->width;
    for (size_t ky = 0; ky < w->size; ky++) {
      size_t top, bottom;
      inside(w, w->height, tile->row, tile->height, ky, &top, &bottom);
      for (size_t kx = 0; kx < w->size; kx++) {
        float *row = columns + ((c * w->size + ky) * w->size + kx) * stride;
        size_t left, right;
        inside(w, w->width, tile->column, tile->width, kx, &left, &right);
        for (size_t y = 0; y < tile->height; y++, row += tile->width) {
          if (y < top || y >= bottom) {
            memset(row, 0, tile->width * sizeof(float));
            continue;
          }
          const float *from = plane + ((tile->row + y) * w->stride + ky - w->padding) * w->width;
          for (size_t x = 0; x < left; x++) row[x] = 0;
          if (left < right) {
            const float *line = from + ((tile->column + left) * w->stride + kx - w->padding);
            if (w->stride == 1) {
              for (size_t x = left; x < right; x++) row[x] = line[x - left];
            } else {
              for (size_t x = left; x < right; x++) row[x] = line[(x - left) * w->stride];
            }
          }
          for (size_t x = right; x < tile->width; x++) row[x] = 0;
        }
      }
    }
  }
}

BASIN_CLONES
void basin_window_columns_add(const float *restrict columns, size_t stride, const basin_windows *w,
                              const basin_window_tile *tile, size_t channels,
                              float *restrict image) {
#pragma STDC FP_CONTRACT OFF
  for (size_t c = 0; c < channels; c++) {
    float *plane = image + c * w->height * w->width;
    for (size_t ky = 0; ky < w->size; ky++) {
      size_t top, bottom;
      inside(w, w->height, tile->row, tile->height, ky, &top, &bottom);
      for (size_t kx = 0; kx < w->size; kx++) {
        const float *rows = columns + ((c * w->size + ky) * w->size + kx) * stride;
        size_t left, right;
        inside(w, w->width, tile->column, tile->width, kx, &left, &right);
        if (left == right) continue;
        for (size_t y = top; y < bottom; y++) {
          const float *row = rows + y * tile->width;
          float *line = plane + ((tile->row + y) * w->stride + ky - w->padding) * w->width +
                        ((tile->column + left) * w->stride + kx - w->padding);
          if (w->stride == 1) {
            for (size_t x = left; x < right; x++) line[x - left] += row[x];
          } else {
            for (size_t x = left; x < right; x++) line[(x - left) * w->stride] += row[x];
          }
        }
      }
    }
  }
}

BASIN_CLONES
void basin_channel_bias(float *y, const float *x, const float *bias, size_t samples,
                        size_t channels, size_t positions, int rectify) {
#pragma STDC FP_CONTRACT OFF
  for (size_t n = 0; n < samples; n++) {
    for (size_t c = 0; c < channels; c++) {
      const float *from = x + (c * samples + n) * positions;
      float *to = y + (n * channels + c) * positions;
      float shift = bias ? bias[c] : 0;
      if (rectify) {
        for (size_t p = 0; p < positions; p++) {
          float value = from[p] + shift;
          to[p] = value > 0 ? value : 0;
        }
      } else {
        for (size_t p = 0; p < positions; p++) to[p] = from[p] + shift;
      }
    }
  }
}

void basin_channels_first(float *restrict y, const float *restrict x, size_t samples,
                          size_t channels, size_t positions) {
  for (size_t n = 0; n < samples; n++)
    for (size_t c = 0; c < channels; c++)
      memcpy(y + (c * samples + n) * positions, x + (n * channels + c) * positions,
             positions * sizeof(float));
}

BASIN_CLONES
void basin_channel_sums(float *sums, float keep, const float *x, size_t samples, size_t channels,
                        size_t positions) {
#pragma STDC FP_CONTRACT OFF
  for (size_t c = 0; c < channels; c++) {
    // Many samples: their sums are added in 64 bits.
    double sum = 0;
    for (size_t n = 0; n < samples; n++)
      sum += lane_sum(x + (n * channels + c) * positions, positions);
    // What was there may be no number, and zero times that is none, either.
    sums[c] = keep == 0 ? (float)sum : keep * sums[c] + (float)sum;
  }
}

/// The places of a window within a side of the image: first and one past the last.
BASIN_INLINE void clip(size_t side, size_t padding, size_t size, size_t start, size_t *first,
                       size_t *end) {
  *first = start < padding ? padding - start : 0;
  *end = side + padding - start < size ? side + padding - start : size;
}

/// Whether a number takes the place of the largest so far: a NaN does, and stays.
BASIN_INLINE int is_larger(float value, float best) { return value > best || value != value; }

// The usual windows are known sizes to the compiler.

BASIN_INLINE void max_pool(float *y, const float *x, const basin_windows *w, size_t planes,
                           size_t size, size_t stride, size_t padding) {
  for (size_t plane = 0; plane < planes; plane++, x += w->height * w->width) {
    for (size_t row = 0; row < w->out_height; row++) {
      size_t top, bottom;
      clip(w->height, padding, size, row * stride, &top, &bottom);
      for (size_t column = 0; column < w->out_width; column++) {
        size_t left, right;
        clip(w->width, padding, size, column * stride, &left, &right);
        const float *window = x + (row * stride + top - padding) * w->width + column * stride +
                              left - padding;
        float best = window[0];
        for (size_t ky = 0; ky < bottom - top; ky++)
          for (size_t kx = 0; kx < right - left; kx++) {
            float value = window[ky * w->width + kx];
            best = is_larger(value, best) ? value : best;
          }
        *y++ = best;
      }
    }
  }
}

BASIN_CLONES
void basin_max_pool(float *restrict y, const float *restrict x, const basin_windows *w,
                    size_t planes) {
  if (w->size == 2 && w->stride == 2 && w->padding == 0) {
    max_pool(y, x, w, planes, 2, 2, 0);
  } else {
    max_pool(y, x, w, planes, w->size, w->stride, w->padding);
  }
}

BASIN_INLINE void max_pool_backward(float *dx, const float *dy, const float *x,
                                    const basin_windows *w, size_t planes, size_t size,
                                    size_t stride, size_t padding) {
#pragma STDC FP_CONTRACT OFF
  for (size_t plane = 0; plane < planes; plane++) {
    for (size_t row = 0; row < w->out_height; row++) {
      size_t top, bottom;
      clip(w->height, padding, size, row * stride, &top, &bottom);
      for (size_t column = 0; column < w->out_width; column++) {
        size_t left, right;
        clip(w->width, padding, size, column * stride, &left, &right);
        size_t place = (row * stride + top - padding) * w->width + column * stride + left - padding;
        size_t best = place;
        for (size_t ky = 0; ky < bottom - top; ky++)
          for (size_t kx = 0; kx < right - left; kx++) {
            size_t here = place + ky * w->width + kx;
            best = is_larger(x[here], x[best]) ? here : best;
          }
        dx[best] += *dy++;
      }
    }
    x += w->height * w->width;
    dx += w->height * w->width;
  }
}

BASIN_CLONES
void basin_max_pool_backward(float *restrict dx, const float *restrict dy, const float *restrict x,
                             const basin_windows *w, size_t planes) {
  if (w->size == 2 && w->stride == 2 && w->padding == 0) {
    max_pool_backward(dx, dy, x, w, planes, 2, 2, 0);
  } else {
    max_pool_backward(dx, dy, x, w, planes, w->size, w->stride, w->padding);
  }
}

BASIN_CLONES
void basin_average_pool(float *restrict y, const float *restrict x, const basin_windows *w,
                        size_t planes) {
#pragma STDC FP_CONTRACT OFF
  float share = 1 / (float)(w->size * w->size);
  size_t padding = w->padding;
  for (size_t plane = 0; plane < planes; plane++, x += w->height * w->width) {
    for (size_t row = 0; row < w->out_height; row++) {
      size_t top, bottom;
      clip(w->height, padding, w->size, row * w->stride, &top, &bottom);
      for (size_t column = 0; column < w->out_width; column++) {
        size_t left, right;
        clip(w->width, padding, w->size, column * w->stride, &left, &right);
        const float *window = x + (row * w->stride + top - padding) * w->width +
                              column * w->stride + left - padding;
        float sum = 0;
        for (size_t ky = 0; ky < bottom - top; ky++)
          for (size_t kx = 0; kx < right - left; kx++) sum += window[ky * w->width + kx];
        *y++ = sum * share;
      }
    }
  }
}

BASIN_CLONES
void basin_average_pool_backward(float *restrict dx, const float *restrict dy,
                                 const basin_windows *w, size_t planes) {
#pragma STDC FP_CONTRACT OFF
  float share = 1 / (float)(w->size * w->size);
  size_t padding = w->padding;
  for (size_t plane = 0; plane < planes; plane++, dx += w->height * w->width) {
    for (size_t row = 0; row < w->out_height; row++) {
      size_t top, bottom;
      clip(w->height, padding, w->size, row * w->stride, &top, &bottom);
      for (size_t column = 0; column < w->out_width; column++) {
        size_t left, right;
        clip(w->width, padding, w->size, column * w->stride, &left, &right);
        float *window = dx + (row * w->stride + top - padding) * w->width + column * w->stride +
                        left - padding;
        float part = *dy++ * share;
        for (size_t ky = 0; ky < bottom - top; ky++)
          for (size_t kx = 0; kx < right - left; kx++) window[ky * w->width + kx] += part;
      }
    }
  }
}

BASIN_CLONES
void basin_sum(float *y, const float *a, const float *b, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

BASIN_CLONES
void basin_rectify(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = x[i] > 0 ? x[i] : 0;
}
