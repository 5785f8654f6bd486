// Loops of normalizations: samples × channels × positions. Every sum has one order of additions, so
// that no result depends on the vector level.
#pragma once
#include <stddef.h>

/// The mean of each channel over samples and positions, and the mean square around it.
void basin_channel_moments(const float *x, size_t samples, size_t channels, size_t positions,
                           float *means, float *variances);

/// y = x · scale[c] + shift[c]; then max(y, 0) where `rectify` is not 0. y may be x.
void basin_channel_affine(float *y, const float *x, const float *scale, const float *shift,
                          size_t samples, size_t channels, size_t positions, int rectify);

/// The gradients of a batch normalization y = (x − mean) · inverse · gamma + beta whose means and
/// inverses are of x itself.
///
/// - dgamma, dbeta: added to the share `keep` of what they held.
/// - dx: added to where `adds` is not 0; nothing where it is not wanted. May not be dy.
void basin_batch_norm_backward(float *dx, int adds, const float *dy, const float *x,
                               const float *means, const float *inverses, const float *gamma,
                               float keep, float *dgamma, float *dbeta, size_t samples,
                               size_t channels, size_t positions);

/// The sizes of a normalization of each sample by itself, in groups of neighbouring channels.
typedef struct {
  size_t samples;
  size_t groups;
  size_t channels;
  size_t positions;
} basin_norm_sizes;

/// y = (x − mean) · inverse · gamma[c] + beta[c] with the mean of the sample's group and the inverse
/// of √(variance + epsilon); both are kept, samples × groups.
void basin_group_norm(float *y, const float *x, const float *gamma, const float *beta,
                      float epsilon, const basin_norm_sizes *sizes, float *means,
                      float *inverses);
/// The gradients of it, as those of a batch normalization.
void basin_group_norm_backward(float *dx, int adds, const float *dy, const float *x,
                               const float *means, const float *inverses, const float *gamma,
                               float keep, float *dgamma, float *dbeta,
                               const basin_norm_sizes *sizes);

/// y = x Φ(x), with Φ the normal distribution's.
void basin_gelu(float *y, const float *x, size_t count);
/// dx = dy (Φ(x) + x φ(x)), added where `adds` is not 0.
void basin_gelu_backward(float *dx, int adds, const float *dy, const float *x, size_t count);
