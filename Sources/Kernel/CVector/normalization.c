#include "include/normalization.h"
#include "lanes.h"

/// Σ (x − mean)(y − shift) in sixteen lanes, which are then added in order.
BASIN_INLINE float centred_products(const float *x, float mean, const float *y, float shift,
                                    size_t count) {
#pragma STDC FP_CONTRACT OFF
  lanes_t lanes = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES)
    lanes += (*(const unaligned_lanes_t *)(x + i) - mean) *
             (*(const unaligned_lanes_t *)(y + i) - shift);
  float sum = 0;
  for (size_t lane = 0; lane < LANES; lane++) sum += lanes[lane];
  for (; i < count; i++) sum += (x[i] - mean) * (y[i] - shift);
  return sum;
}

BASIN_CLONES
void basin_channel_moments(const float *x, size_t samples, size_t channels, size_t positions,
                           float *means, float *variances) {
#pragma STDC FP_CONTRACT OFF
  double count = (double)samples * (double)positions;
  for (size_t c = 0; c < channels; c++) {
    // Rows of one image in 32 bits, rows added in 64.
    double sum = 0, squares = 0;
    for (size_t n = 0; n < samples; n++) sum += lane_sum(x + (n * channels + c) * positions, positions);
    float mean = (float)(sum / count);
    for (size_t n = 0; n < samples; n++) {
      const float *row = x + (n * channels + c) * positions;
      squares += centred_products(row, mean, row, mean, positions);
    }
    means[c] = mean;
    variances[c] = (float)(squares / count);
  }
}

BASIN_CLONES
void basin_channel_affine(float *y, const float *x, const float *scale, const float *shift,
                          size_t samples, size_t channels, size_t positions, int rectify) {
#pragma STDC FP_CONTRACT OFF
  for (size_t n = 0; n < samples; n++) {
    for (size_t c = 0; c < channels; c++) {
      const float *from = x + (n * channels + c) * positions;
      float *to = y + (n * channels + c) * positions;
      float factor = scale[c], term = shift[c];
      if (rectify) {
        for (size_t p = 0; p < positions; p++) {
          float value = from[p] * factor + term;
          to[p] = value > 0 ? value : 0;
        }
      } else {
        for (size_t p = 0; p < positions; p++) to[p] = from[p] * factor + term;
      }
    }
  }
}

/// dx = dy · a + x · b + c over some numbers, added where asked for.
BASIN_INLINE void pass_back(float *dx, int adds, const float *dy, const float *x, float a, float b,
                            float c, size_t count) {
#pragma STDC FP_CONTRACT OFF
  if (adds) {
    for (size_t p = 0; p < count; p++) dx[p] += dy[p] * a + (x[p] * b + c);
  } else {
    for (size_t p = 0; p < count; p++) dx[p] = dy[p] * a + (x[p] * b + c);
  }
}

BASIN_CLONES
void basin_batch_norm_backward(float *restrict dx, int adds, const float *restrict dy,
                               const float *restrict x, const float *means,
                               const float *inverses, const float *gamma, float keep,
                               float *dgamma, float *dbeta, size_t samples, size_t channels,
                               size_t positions) {
#pragma STDC FP_CONTRACT OFF
  double count = (double)samples * (double)positions;
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, products = 0;
    for (size_t n = 0; n < samples; n++) {
      size_t row = (n * channels + c) * positions;
      sum += lane_sum(dy + row, positions);
      products += centred_products(x + row, means[c], dy + row, 0, positions);
    }
    double slope = products * inverses[c];
    // dx = γ · inverse · (dy − Σdy / N − x̂ Σ(dy x̂) / N), with x̂ = (x − mean) · inverse.
    float a = gamma[c] * inverses[c];
    double b = -(double)a * slope / count * inverses[c];
    double shift = -(double)a * sum / count - b * means[c];
    // What was there may be no number, and zero times that is none, either.
    dgamma[c] = keep == 0 ? (float)slope : keep * dgamma[c] + (float)slope;
    dbeta[c] = keep == 0 ? (float)sum : keep * dbeta[c] + (float)sum;
    if (!dx) continue;
    for (size_t n = 0; n < samples; n++) {
      size_t row = (n * channels + c) * positions;
      pass_back(dx + row, adds, dy + row, x + row, a, (float)b, (float)shift, positions);
    }
  }
}

BASIN_CLONES
void basin_group_norm(float *y, const float *x, const float *gamma, const float *beta,
                      float epsilon, const basin_norm_sizes *sizes, float *means,
                      float *inverses) {
#pragma STDC FP_CONTRACT OFF
  size_t own = sizes->channels / sizes->groups, positions = sizes->positions;
  size_t count = own * positions;
  for (size_t n = 0; n < sizes->samples; n++) {
    for (size_t g = 0; g < sizes->groups; g++, x += count, y += count) {
      double sum = 0, squares = 0;
      // Pieces as long as rows of images, whose sums are added in 64 bits.
      for (size_t i = 0; i < count; i += 1024)
        sum += lane_sum(x + i, count - i < 1024 ? count - i : 1024);
      float mean = (float)(sum / (double)count);
      for (size_t i = 0; i < count; i += 1024)
        squares += centred_products(x + i, mean, x + i, mean, count - i < 1024 ? count - i : 1024);
      float inverse = (float)(1 / sqrt(squares / (double)count + (double)epsilon));
      *means++ = mean;
      *inverses++ = inverse;
      const float *factors = gamma + g * own, *terms = beta + g * own;
      if (positions == 1) {
        for (size_t c = 0; c < own; c++) y[c] = (x[c] - mean) * inverse * factors[c] + terms[c];
        continue;
      }
      for (size_t c = 0; c < own; c++) {
        float factor = factors[c] * inverse, term = terms[c];
        for (size_t p = 0; p < positions; p++)
          y[c * positions + p] = (x[c * positions + p] - mean) * factor + term;
      }
    }
  }
}

BASIN_CLONES
void basin_group_norm_backward(float *restrict dx, int adds, const float *restrict dy,
                               const float *restrict x, const float *means,
                               const float *inverses, const float *gamma, float keep,
                               float *dgamma, float *dbeta, const basin_norm_sizes *sizes) {
#pragma STDC FP_CONTRACT OFF
  size_t own = sizes->channels / sizes->groups, positions = sizes->positions;
  size_t count = own * positions;
  for (size_t c = 0; c < sizes->channels; c++) {
    dgamma[c] = keep == 0 ? 0 : keep * dgamma[c];
    dbeta[c] = keep == 0 ? 0 : keep * dbeta[c];
  }
  for (size_t n = 0; n < sizes->samples; n++) {
    for (size_t g = 0; g < sizes->groups; g++, x += count, dy += count) {
      float mean = *means++, inverse = *inverses++;
      // Σ γ dy and Σ γ dy x̂ over the group.
      double sum = 0, products = 0;
      for (size_t c = 0; c < own; c++) {
        const float *row = x + c * positions, *slope = dy + c * positions;
        float own_sum = lane_sum(slope, positions);
        float own_products = centred_products(row, mean, slope, 0, positions) * inverse;
        dbeta[g * own + c] += own_sum;
        dgamma[g * own + c] += own_products;
        sum += (double)gamma[g * own + c] * own_sum;
        products += (double)gamma[g * own + c] * own_products;
      }
      if (!dx) continue;
      double b = -(double)inverse * (products / (double)count) * inverse;
      double shift = -(double)inverse * (sum / (double)count) - b * mean;
      for (size_t c = 0; c < own; c++)
        pass_back(dx + c * positions, adds, dy + c * positions, x + c * positions,
                  inverse * gamma[g * own + c], (float)b, (float)shift, positions);
      dx += count;
    }
  }
}

void basin_gelu(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = x[i] * (0.5f * (1 + erff(x[i] * 0.70710678f)));
}

void basin_gelu_backward(float *restrict dx, int adds, const float *restrict dy,
                         const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float cumulative = 0.5f * (1 + erff(x[i] * 0.70710678f));
    float density = 0.39894228f * expf(-0.5f * x[i] * x[i]);
    float slope = dy[i] * (cumulative + x[i] * density);
    dx[i] = adds ? dx[i] + slope : slope;
  }
}
