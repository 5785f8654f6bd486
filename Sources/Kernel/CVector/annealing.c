#include "include/annealing.h"
#include "lanes.h"

static const mask_t lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// `yes` where the mask is set, `no` elsewhere; compilers turn it into one blend.
BASIN_INLINE lanes_t choose(mask_t mask, lanes_t yes, lanes_t no) {
  return (lanes_t)((mask & (mask_t)yes) | (~mask & (mask_t)no));
}

BASIN_INLINE lanes_t larger(lanes_t a, lanes_t b) { return choose(a > b, a, b); }

BASIN_INLINE lanes_t smaller(lanes_t a, lanes_t b) { return choose(a < b, a, b); }

BASIN_INLINE lanes_t rectified(lanes_t x) {
  const lanes_t zero = {0};
  return larger(x, zero);
}

BASIN_INLINE long count_of(mask_t set) {
  long total = 0;
  for (int i = 0; i < LANES; i++) total -= set[i];
  return total;
}

BASIN_INLINE float least_of(lanes_t x) {
  float least = x[0];
  for (int i = 1; i < LANES; i++) least = x[i] < least ? x[i] : least;
  return least;
}

/// Hidden activations of units a and b of the average, before and after a swap, in one group.
typedef struct {
  lanes_t new_a, new_b, old_a, old_b;
} activations_t;

BASIN_INLINE void activate(const basin_swap *swap, size_t networks, size_t at, activations_t *r) {
#pragma STDC FP_CONTRACT OFF
  // Summed over the networks in order, old and new alike, so that nothing drifts.
  lanes_t old_a = {0}, old_b = {0}, new_a = {0}, new_b = {0};
  for (size_t i = 0; i < networks; i++) {
    lanes_t a = *(const lanes_t *)(swap->column_a[i] + at);
    lanes_t b = *(const lanes_t *)(swap->column_b[i] + at);
    old_a += a;
    old_b += b;
    if (i == swap->moving) {
      new_a += b;
      new_b += a;
    } else {
      new_a += a;
      new_b += b;
    }
  }
  r->new_a = rectified(new_a);
  r->new_b = rectified(new_b);
  r->old_a = rectified(old_a);
  r->old_b = rectified(old_b);
}

BASIN_INLINE lanes_t changed(lanes_t logit, const activations_t *r, const float *w) {
#pragma STDC FP_CONTRACT OFF
  return logit + r->new_a * w[0] + r->new_b * w[1] + r->old_a * w[2] + r->old_b * w[3];
}

/// The wrong samples among valid lanes: a class before the true one wins a tie, one after does not.
BASIN_INLINE mask_t wrong_lanes(lanes_t truth, lanes_t before, lanes_t after, mask_t valid) {
  return ((before >= truth) | (after > truth)) & valid;
}

/// One block; with `write` the logits change in place and what is known of the block is noted.
BASIN_INLINE long pass(const basin_swap *swap, const basin_layout *layout,
                       const basin_logits *state, size_t block, size_t networks, size_t classes,
                       int write) {
  size_t first = block * BASIN_BLOCK_GROUPS, end = first + BASIN_BLOCK_GROUPS;
  if (end > layout->groups) end = layout->groups;
  mask_t count = {0};
  const float most = 3.0e38f;
  lanes_t least_right = {0}, least_wrong = {0};
  least_right += most;
  least_wrong += most;
  for (size_t group = first; group < end; group++) {
    size_t truth_class = layout->group_class[group];
    activations_t r;
    activate(swap, networks, group * LANES, &r);
    float *rows = state->logits + group * classes * LANES;
    lanes_t truth = changed(*(lanes_t *)rows, &r, swap->weights[truth_class]);
    if (write) *(lanes_t *)rows = truth;
    lanes_t before = {0}, after = {0};
    before -= most;
    after -= most;
    for (size_t c = 0; c < truth_class; c++) {
      lanes_t *row = (lanes_t *)(rows + (c + 1) * LANES);
      lanes_t x = changed(*row, &r, swap->weights[c]);
      if (write) *row = x;
      before = larger(before, x);
    }
    for (size_t c = truth_class + 1; c < classes; c++) {
      lanes_t *row = (lanes_t *)(rows + c * LANES);
      lanes_t x = changed(*row, &r, swap->weights[c]);
      if (write) *row = x;
      after = larger(after, x);
    }
    mask_t valid = lane_numbers < (int32_t)layout->group_size[group];
    mask_t wrong = wrong_lanes(truth, before, after, valid);
    count += wrong;
    if (write) {
      lanes_t margin = truth - larger(before, after);
      least_right = smaller(choose(valid & ~wrong, margin, least_right), least_right);
      least_wrong = smaller(choose(wrong, -margin, least_wrong), least_wrong);
    }
  }
  long total = count_of(count);
  if (write) {
    state->least_right[block] = least_of(least_right);
    state->least_wrong[block] = least_of(least_wrong);
    state->wrong[block] = (int32_t)total;
  }
  return total;
}

/// The usual sizes as constants, so that their loops unroll.
BASIN_INLINE long sized_pass(const basin_swap *swap, const basin_layout *layout,
                             const basin_logits *state, size_t block, int write) {
  size_t networks = swap->networks, classes = layout->classes;
  if (networks == 2) return pass(swap, layout, state, block, 2, classes, write);
  return pass(swap, layout, state, block, networks, classes, write);
}

BASIN_CLONES
long basin_swap_count(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                      size_t first, size_t stride) {
  long total = 0;
  for (size_t block = first; block < layout->blocks; block += stride)
    total += sized_pass(swap, layout, state, block, 0);
  return total;
}

BASIN_CLONES
long basin_swap_commit(const basin_swap *swap, const basin_layout *layout, basin_logits *state,
                       size_t first, size_t stride) {
  long total = 0;
  for (size_t block = first; block < layout->blocks; block += stride)
    total += sized_pass(swap, layout, state, block, 1);
  return total;
}

/// Marks the blocks that a swap can change: 1 where a wrong sample may become right, 2 where a
/// right one may become wrong.
///
/// No logit difference changes by more than Σ activation · range, and an activation is at most the
/// rectified sum of the networks' block maxima.
BASIN_INLINE void mark(const basin_swap *swap, const basin_layout *layout,
                       const basin_logits *state, size_t networks, float slack, uint8_t *flags) {
#pragma STDC FP_CONTRACT OFF
  for (size_t k = 0; k < layout->blocks; k++) {
    float old_a = 0, old_b = 0, new_a = 0, new_b = 0;
    for (size_t i = 0; i < networks; i++) {
      float a = swap->peak_a[i][k], b = swap->peak_b[i][k];
      int moves = i == swap->moving;
      old_a += a;
      old_b += b;
      new_a += moves ? b : a;
      new_b += moves ? a : b;
    }
    float bound = (new_a > 0 ? new_a : 0) * swap->range[0] + (new_b > 0 ? new_b : 0) * swap->range[1] +
                  (old_a > 0 ? old_a : 0) * swap->range[2] + (old_b > 0 ? old_b : 0) * swap->range[3];
    bound = bound * 1.0001f + slack;
    flags[k] = (uint8_t)((state->wrong[k] > 0 && bound >= state->least_wrong[k] ? 1 : 0) |
                         (bound >= state->least_right[k] ? 2 : 0));
  }
}

BASIN_CLONES
void basin_swap_mark(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     size_t parts, float slack, uint8_t *flags, long *bounds) {
  if (swap->networks == 2)
    mark(swap, layout, state, 2, slack, flags);
  else
    mark(swap, layout, state, swap->networks, slack, flags);
  for (size_t part = 0; part < parts; part++) {
    long could_improve = 0;
    for (size_t k = part; k < layout->blocks; k += parts)
      could_improve += flags[k] & 1 ? state->wrong[k] : 0;
    bounds[8 * part] = -could_improve;
  }
}

BASIN_INLINE int is_over(const long *bounds, size_t parts, long now, long limit) {
  long sum = now;
  for (size_t p = 0; p < parts; p++) sum += __atomic_load_n(bounds + 8 * p, __ATOMIC_RELAXED);
  return sum > limit;
}

BASIN_CLONES
void basin_swap_lazy(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     size_t part, size_t parts, long now, long limit, const uint8_t *flags,
                     long *bounds, basin_lazy_part *result) {
  long *bound = bounds + 8 * part;
  long change = 0, could_improve = -__atomic_load_n(bound, __ATOMIC_RELAXED), visited = 0;
  result->complete = 0;
  // First the blocks in which a wrong sample may become right: they hold the bound down.
  for (int turn = 0; turn < 2; turn++) {
    for (size_t k = part; k < layout->blocks; k += parts) {
      if (turn == 0 ? !(flags[k] & 1) : flags[k] != 2) continue;
      if (is_over(bounds, parts, now, limit)) goto stopped;
      change += sized_pass(swap, layout, state, k, 0) - state->wrong[k];
      if (turn == 0) could_improve -= state->wrong[k];
      visited++;
      __atomic_store_n(bound, change - could_improve, __ATOMIC_RELAXED);
    }
  }
  result->complete = 1;
stopped:
  result->change = change;
  result->visited = visited;
}

BASIN_CLONES
void basin_logits_rebuild(const float *const *columns, size_t networks, size_t units,
                          const float *weights, const float *bias, const basin_layout *layout,
                          basin_logits *state, size_t first, size_t stride) {
#pragma STDC FP_CONTRACT OFF
  size_t classes = layout->classes;
  for (size_t block = first; block < layout->blocks; block += stride) {
    size_t begin = block * BASIN_BLOCK_GROUPS, end = begin + BASIN_BLOCK_GROUPS;
    if (end > layout->groups) end = layout->groups;
    for (size_t group = begin; group < end; group++) {
      size_t truth = layout->group_class[group];
      float *rows = state->logits + group * classes * LANES;
      for (size_t row = 0; row < classes; row++) {
        size_t c = row == 0 ? truth : row <= truth ? row - 1 : row;
        for (int lane = 0; lane < LANES; lane++) rows[row * LANES + lane] = bias[c];
      }
      for (size_t unit = 0; unit < units; unit++) {
        lanes_t sum = {0};
        for (size_t i = 0; i < networks; i++)
          sum += *(const lanes_t *)(columns[unit * networks + i] + group * LANES);
        lanes_t r = rectified(sum);
        const float *w = weights + unit * classes;
        *(lanes_t *)rows = *(lanes_t *)rows + r * w[truth];
        for (size_t c = 0; c < truth; c++) {
          lanes_t *row = (lanes_t *)(rows + (c + 1) * LANES);
          *row = *row + r * w[c];
        }
        for (size_t c = truth + 1; c < classes; c++) {
          lanes_t *row = (lanes_t *)(rows + c * LANES);
          *row = *row + r * w[c];
        }
      }
    }
  }
}

BASIN_CLONES
void basin_block_peaks(const float *column, const basin_layout *layout, float *peaks) {
  for (size_t block = 0; block < layout->blocks; block++) {
    size_t begin = block * BASIN_BLOCK_GROUPS, end = begin + BASIN_BLOCK_GROUPS;
    if (end > layout->groups) end = layout->groups;
    lanes_t most = *(const lanes_t *)(column + begin * LANES);
    for (size_t group = begin + 1; group < end; group++)
      most = larger(most, *(const lanes_t *)(column + group * LANES));
    float peak = most[0];
    for (int i = 1; i < LANES; i++) peak = most[i] > peak ? most[i] : peak;
    peaks[block] = peak;
  }
}
