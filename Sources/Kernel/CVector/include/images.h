// Loops over images: channels × height × width, one sample after the other. Every loop has one order
// of additions, so that no result depends on the vector level.
#pragma once
#include <stddef.h>

/// Windows of images of one size.
typedef struct {
  size_t height;
  size_t width;
  /// How many windows there are on each side.
  size_t out_height;
  size_t out_width;
  /// The side of a window, how far windows are apart, and the zeros on each side of the image.
  size_t size;
  size_t stride;
  size_t padding;
} basin_windows;

/// A rectangle of windows: where it begins, and how many it has on each side.
typedef struct {
  size_t row;
  size_t column;
  size_t height;
  size_t width;
} basin_window_tile;

/// Lays windows of one image out: row (c, ky, kx) has the number at that place of every window.
///
/// - columns: channels · size² rows of as many numbers as the tile has windows, `stride` apart.
void basin_window_columns(const float *image, const basin_windows *windows,
                          const basin_window_tile *tile, size_t channels, float *columns,
                          size_t stride);
/// The reverse: adds each number to the place in the image that it came from.
void basin_window_columns_add(const float *columns, size_t stride, const basin_windows *windows,
                              const basin_window_tile *tile, size_t channels, float *image);

/// y[n][c][p] = x[c][n][p] + bias[c], or without a bias where it is NULL; then max(y, 0) where `rectify`
/// is not 0. y may be x where there is one sample.
void basin_channel_bias(float *y, const float *x, const float *bias, size_t samples,
                        size_t channels, size_t positions, int rectify);
/// y[c][n][p] = x[n][c][p].
void basin_channels_first(float *y, const float *x, size_t samples, size_t channels,
                          size_t positions);
/// sums[c] = keep · sums[c] + Σ_n Σ_p x[n][c][p].
void basin_channel_sums(float *sums, float keep, const float *x, size_t samples, size_t channels,
                        size_t positions);

/// The largest number of each window of each plane; no number where one of them is none. Padding has
/// none of its own.
void basin_max_pool(float *y, const float *x, const basin_windows *windows, size_t planes);
/// Adds dy to dx where the largest number of each window stands; of equal ones at the first, and of
/// those that are no numbers at the last.
void basin_max_pool_backward(float *dx, const float *dy, const float *x,
                             const basin_windows *windows, size_t planes);
/// The mean of each window of each plane, with the zeros of the padding.
void basin_average_pool(float *y, const float *x, const basin_windows *windows, size_t planes);
/// Adds its share of dy to every place of each window.
void basin_average_pool_backward(float *dx, const float *dy, const basin_windows *windows,
                                 size_t planes);

/// y = a + b; y may be a.
void basin_sum(float *y, const float *a, const float *b, size_t count);
/// x = max(x, 0).
void basin_rectify(float *x, size_t count);
