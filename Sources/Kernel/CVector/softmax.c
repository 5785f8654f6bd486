// Softmax and cross-entropy, row by row in sixteen lanes.
//
// Goals, in order: 1 the same bits at every vector level; 2 relative error of exp under 2e-7 over
// the range that softmax uses (x <= 0); 3 speed. Hence an exp of our own: 2^n times a polynomial,
// as in Cephes (Moshier 1989), with plain multiplications and additions: see `exponential.h`.

#include "include/vector.h"
#include "exponential.h"

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

/// Returns the sum of exp(row − largest), which is written to out unless that is NULL.
BASIN_INLINE float exponentials(float *out, const float *row, size_t classes, float top) {
#pragma STDC FP_CONTRACT OFF
  float total = 0;
  for (size_t first = 0; first < classes; first += LANES) {
    lanes_t e = exp_lanes(load_row(row, first, classes) - top);
    total += sum_lanes(e);
    if (!out) continue;
    size_t count = classes - first < LANES ? classes - first : LANES;
    float stored[LANES] __attribute__((aligned(64)));
    *(lanes_t *)stored = e;
    for (size_t i = 0; i < count; i++) out[first + i] = stored[i];
  }
  return total;
}

BASIN_CLONES
void basin_cross_entropy(const float *logits, const uint8_t *labels, size_t rows, size_t classes,
                         float *gradient, float scale, double *loss, size_t *errors) {
#pragma STDC FP_CONTRACT OFF
  double total = 0;
  size_t wrong = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *row = logits + r * classes;
    float *out = gradient ? gradient + r * classes : NULL;
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
