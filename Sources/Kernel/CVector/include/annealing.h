// The inner loops of the incremental evaluator: what one swap of two hidden units does to the
// logits of the average of n networks with one hidden layer.
//
// Samples stand in groups of sixteen lanes, one class per group, and groups in blocks. Logits of a
// group are classes × 16 with the true class in row 0 and the others after it in their order, so
// that "wrong" is a comparison of rows and nothing is gathered.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { BASIN_GROUP = 16, BASIN_BLOCK_GROUPS = 16, BASIN_MOST_CLASSES = 256, BASIN_MOST_NETS = 64 };

/// Where samples stand.
typedef struct {
  size_t groups;
  size_t blocks;
  size_t classes;
  /// The class of each group.
  const uint8_t *group_class;
  /// How many lanes of each group hold a sample.
  const uint8_t *group_size;
} basin_layout;

/// One swap: hidden units a and b of the average exchange their part in one network.
typedef struct {
  /// How many networks are averaged, and which of them moves.
  size_t networks;
  size_t moving;
  /// For each network its column of pre-activations, divided by n, at units a and b now.
  const float *column_a[BASIN_MOST_NETS];
  const float *column_b[BASIN_MOST_NETS];
  /// Maxima of the same columns, of each block and of each group.
  const float *peak_a[BASIN_MOST_NETS];
  const float *peak_b[BASIN_MOST_NETS];
  const float *group_peak_a[BASIN_MOST_NETS];
  const float *group_peak_b[BASIN_MOST_NETS];
  /// For each class what multiplies the new a, the new b, the old a and the old b.
  float weights[BASIN_MOST_CLASSES][4];
  /// The largest and the smallest of each of the four over the classes.
  float highest[4];
  float lowest[4];
} basin_swap;

/// Several swaps at once: hidden units of the average at some positions, before and after.
typedef struct {
  /// How many networks are averaged, and how many positions change: at most two per network.
  size_t networks;
  size_t positions;
  /// Positions × networks: each network's column of pre-activations, divided by n.
  const float *const *old_columns;
  const float *const *new_columns;
  /// Classes × positions × 2: what multiplies the new and the old activation.
  const float *weights;
} basin_change;

/// What is known of some samples: of the right and of the wrong ones how near the nearest is to
/// changing sides, and how many are wrong.
typedef struct {
  float *least_right;
  float *least_wrong;
  int32_t *wrong;
} basin_known;

/// The logits, and what is known of each block and of each group.
typedef struct {
  float *logits;
  basin_known block;
  basin_known group;
} basin_logits;

/// The wrong samples of some blocks (first, first + stride, …) after a swap; changes nothing.
long basin_swap_count(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                      size_t first, size_t stride);

/// Makes a swap in some blocks and notes what is known of them; returns their wrong samples.
long basin_swap_commit(const basin_swap *swap, const basin_layout *layout, basin_logits *state,
                       size_t first, size_t stride);

/// The cross-entropies of some blocks (first, first + stride, …) after a swap, added up in each;
/// changes nothing.
///
/// - losses: one per block of the layout.
void basin_swap_losses(const basin_swap *swap, const basin_layout *layout,
                       const basin_logits *state, size_t first, size_t stride, double *losses);

/// The same after several swaps.
void basin_change_losses(const basin_change *change, const basin_layout *layout,
                         const basin_logits *state, size_t first, size_t stride, double *losses);

/// Adds the wrong samples of some blocks after several swaps to `wrong`, which parts on several
/// threads share, and stops once it is above `limit`; changes nothing.
void basin_change_count(const basin_change *change, const basin_layout *layout,
                        const basin_logits *state, size_t first, size_t stride, long limit,
                        long *wrong);

/// Makes several swaps in some blocks and notes what is known of them; returns their wrong samples.
long basin_change_commit(const basin_change *change, const basin_layout *layout,
                         basin_logits *state, size_t first, size_t stride);

/// The outcome of one part of a lazy evaluation.
typedef struct {
  /// The change of the number of wrong samples in the visited blocks.
  long change;
  /// Whether every block that can change was visited.
  int complete;
  /// Groups that were visited.
  long visited;
} basin_lazy_part;

/// Marks the blocks that a swap can change, before they are visited; returns how many.
///
/// - flags: one byte per block: bit 0 where a wrong sample may become right, bit 1 where a right
///   one may become wrong.
/// - slack: how far rounding may move a logit, to be on the safe side.
long basin_swap_mark(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     float slack, uint8_t *flags);

/// Sets `bounds`, one per part and 8 longs apart: minus the part's wrong samples that may become
/// right.
void basin_swap_bounds(const basin_layout *layout, const basin_logits *state, const uint8_t *flags,
                       size_t parts, long *bounds);

/// Decides with other parts whether a swap leaves at most `limit` samples wrong.
///
/// Of the marked blocks only the groups that the swap can change are visited. `bounds[part]` is a
/// lower bound of the part's change and never falls, so parts on several threads read each other's
/// without waiting: a stale value only means more work. Stops when now + Σ bounds > limit.
void basin_swap_lazy(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     size_t part, size_t parts, long now, long limit, float slack,
                     const uint8_t *flags, long *bounds, basin_lazy_part *result);

/// The logits of the average in some blocks, from scratch, hidden units in order.
///
/// - columns: networks × units pointers, the networks of one unit side by side.
/// - weights: units × classes, the average's.
/// - bias: classes, the average's.
void basin_logits_rebuild(const float *const *columns, size_t networks, size_t units,
                          const float *weights, const float *bias, const basin_layout *layout,
                          basin_logits *state, size_t first, size_t stride);

/// The largest value of each block and of each group of a column; `group_peaks` holds 16 per block.
void basin_column_peaks(const float *column, const basin_layout *layout, float *block_peaks,
                        float *group_peaks);

/// Moves samples of a column: slot i of the given groups takes the value of slot `sources[i]`.
///
/// - groups: `count` numbers of groups.
/// - sources: 16 × count slots.
/// - scratch: 16 × count floats.
void basin_move_groups(float *column, const int32_t *groups, const int32_t *sources, size_t count,
                       float *scratch);
