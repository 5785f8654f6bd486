// The few loops worth compiling once per vector level (x86-64, -v3 with AVX2, -v4 with AVX-512).
// Which one runs is chosen at load. Every function keeps a fixed number of lanes and a fixed order
// of additions, without contraction, so that its result does not depend on the level.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Tells the processor that this is a spin loop.
static inline void basin_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/// The vector level in use: 4 (AVX-512), 3 (AVX2) or 1.
int basin_vector_level(void);
/// Whether OpenBLAS's kernels for AVX-512 (2), for AVX2 with FMA (1) or neither (0) can run here.
int basin_blas_level(void);

// MARK: - Elementwise

/// x[r][c] += bias[c]; then max(x, 0) where `rectify` is not 0.
void basin_add_bias(float *x, const float *bias, size_t rows, size_t columns, int rectify);
/// dy = y > 0 ? dy : 0.
void basin_rectify_backward(float *dy, const float *y, size_t count);
/// out = the blend of a and b at alpha, exact where a == b; see Blend.swift.
void basin_blend(float *out, const float *a, const float *b, float alpha, size_t count);
/// out = max(blend(a, b) + bias per column, 0), the first layer of a curve; rectify optional.
void basin_blend_bias(float *out, const float *a, const float *b, float alpha, const float *bias,
                      size_t rows, size_t columns, int rectify);
/// w -= rate · v.
void basin_update(float *w, const float *v, float rate, size_t count);
/// v += decay · w.
void basin_decay(float *v, const float *w, float decay, size_t count);
/// out[c] = keep · out[c] + Σ_r x[r][c], rows in order.
void basin_column_sums(float *out, float keep, const float *x, size_t rows, size_t columns);
/// x[i] *= mask[i].
void basin_multiply(float *x, const float *mask, size_t count);

// MARK: - Subspaces

/// sums = Σ a·b, Σ a·a, Σ b·b, in sixteen lanes of 64 bits; count is a multiple of 16.
void basin_products(const float *a, const float *b, size_t count, double sums[3]);
/// out += share · (x - origin): one corner's part of a point of a simplex.
void basin_add_difference(float *out, const float *x, const float *origin, float share,
                          size_t count);
/// One step of one corner: v = keep · v + share · g + decay · w; w -= rate · v.
void basin_corner_step(float *w, float *v, const float *g, float keep, float share, float decay,
                       float rate, size_t count);

/// What multiplies what in the step of two corners that pull at each other.
typedef struct {
  float keep;
  float rate;
  /// Each corner's share of the point's gradient.
  float share[2];
  /// What multiplies a corner's own weights: weight decay and its part of the cosine's gradient.
  float own[2];
  /// What multiplies the other corner's weights.
  float cross;
} basin_pair;

/// One step of two corners, each reading the other's weights as they were before.
void basin_pair_step(float *a, float *b, float *va, float *vb, const float *g,
                     const basin_pair *pair, size_t count);

// MARK: - Softmax and cross-entropy

/// Mean-free cross-entropy of `rows` samples.
///
/// logits: rows × classes. Adds each sample's loss to *loss in row order and counts the samples
/// whose first largest logit is not the label's. With `gradient`, writes scale · (p − onehot).
void basin_cross_entropy(const float *logits, const uint8_t *labels, size_t rows, size_t classes,
                         float *gradient, float scale, double *loss, size_t *errors);
