// Softmax and cross-entropy, row by row in sixteen lanes.
//
// Goals, in order: 1 the same bits at every vector level; 2 relative error of exp under 2e-7 over
// the range that softmax uses (x <= 0); 3 speed. Hence an exp of our own: 2^n times a polynomial,
// as in Cephes (Moshier 1989), with plain multiplications and additions.

#include "include/vector.h"
#include "lanes.h"

/// exp of sixteen numbers that are at most 0; below -87 the result is 0.
BASIN_INLINE lanes_t exp_lanes(lanes_t x) {
#pragma STDC FP_CONTRACT OFF
  mask_t tiny = x < -87.0f;
  // Adding and subtracting 1.5 · 2^23 rounds to the nearest whole number.
  const float shift = 12582912.0f;
  lanes_t n = (x * 1.44269504088896341f + shift) - shift;
  lanes_t r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  lanes_t p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  mask_t exponent = (__builtin_convertvector(n, mask_t) + 127) << 23;
  lanes_t power;
  memcpy(&power, &exponent, sizeof power);
  p = p * power;
  mask_t bits;
  memcpy(&bits, &p, sizeof bits);
  bits &= ~tiny;
  memcpy(&p, &bits, sizeof p);
  return p;
}

/// The sum of sixteen lanes, halves added pairwise: an order that every level shares.
BASIN_INLINE float sum_lanes(lanes_t x) {
#pragma STDC FP_CONTRACT OFF
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) x[i] += x[i + width];
  return x[0];
}

/// Sixteen logits from position `first` on, padded with the smallest number.
BASIN_INLINE lanes_t load_row(const float *row, size_t first, size_t classes) {
  lanes_t x;
  size_t count = classes - first < LANES ? classes - first : LANES;
  if (count == LANES) {
    x = *(const unaligned_lanes_t *)(row + first);
  } else {
    float padded[LANES] __attribute__((aligned(64)));
    for (size_t i = 0; i < LANES; i++) padded[i] = i < count ? row[first + i] : -3.0e38f;
    x = *(const lanes_t *)padded;
  }
  return x;
}

/// The largest logit of a row and the first place that holds it.
BASIN_INLINE size_t largest(const float *row, size_t classes) {
  size_t best = 0;
  for (size_t c = 1; c < classes; c++)
    if (row[c] > row[best]) best = c;
  return best;
}

/// Writes exp(row − largest) to out and returns its sum.
BASIN_INLINE float exponentials(float *out, const float *row, size_t classes, float top) {
#pragma STDC FP_CONTRACT OFF
  float total = 0;
  for (size_t first = 0; first < classes; first += LANES) {
    lanes_t e = exp_lanes(load_row(row, first, classes) - top);
    size_t count = classes - first < LANES ? classes - first : LANES;
    float stored[LANES] __attribute__((aligned(64)));
    *(lanes_t *)stored = e;
    for (size_t i = 0; i < count; i++) out[first + i] = stored[i];
    total += sum_lanes(e);
  }
  return total;
}

BASIN_CLONES
void basin_cross_entropy(const float *logits, const uint8_t *labels, size_t rows, size_t classes,
                         float *gradient, float scale, double *loss, size_t *errors) {
#pragma STDC FP_CONTRACT OFF
  float scratch[256];
  double total = 0;
  size_t wrong = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *row = logits + r * classes;
    float *out = gradient ? gradient + r * classes : scratch;
    size_t label = labels[r], best = largest(row, classes);
    float top = row[best], at_label = row[label];
    float sum = exponentials(out, row, classes, top);
    wrong += best != label;
    total += log((double)sum) - ((double)at_label - (double)top);
    if (gradient) {
      float factor = scale / sum;
      for (size_t c = 0; c < classes; c++) out[c] *= factor;
      out[label] -= scale;
    }
  }
  *loss += total;
  *errors += wrong;
}
