// The inner loops of the layered evaluator: what a swap of two hidden units does to the average of
// n networks with several hidden layers, in one block of samples.
//
// A block of a layer is units × length, each unit's values of the block's samples in a row; length
// is a multiple of 32, and rows begin at multiples of 64 bytes.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// sum ← Σ columns, in order.
void basin_layer_sum(const float *const *columns, size_t count, size_t length, float *sum);

/// change ← shift + Σ_u weights[u] · max(z[u], 0), in the order of the units.
void basin_layer_change(const float *z, size_t units, size_t length, const float *weights,
                        float shift, float *change);

/// z ← z + Σ_j max(pre[j], 0) · weights[·][j] for four units of the layer before.
///
/// - z: units × length, changed only where `out` is the same.
/// - pre: 4 × length pre-activations.
/// - weights: units × 4.
/// - out: the sums, or NULL.
/// - rectified: the sums with negative ones as zero, or NULL.
void basin_layer_update(const float *z, size_t units, size_t length, const float *pre,
                        const float *weights, float *out, float *rectified);

/// positives ← max(x, 0); `count` is a multiple of 16.
void basin_layer_positive(const float *x, size_t count, float *positives);

/// x ← x + bias, unit by unit; `rectified`, where it is not NULL, gets the positive part and may be
/// x itself.
void basin_layer_bias(float *x, const float *bias, size_t units, size_t length, float *rectified);

/// How many of the first `count` samples have another class than their label as the one with the
/// largest logit; of equal ones the first counts.
long basin_layer_wrong(const float *logits, size_t classes, size_t length, const uint8_t *labels,
                       size_t count);
