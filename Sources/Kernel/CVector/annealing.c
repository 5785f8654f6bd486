#include "include/annealing.h"
#include "exponential.h"
#include "lanes.h"

static const mask_t lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const mask_t lane_bits = {1,      1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,
                                 1 << 6, 1 << 7, 1 << 8,  1 << 9,  1 << 10, 1 << 11,
                                 1 << 12, 1 << 13, 1 << 14, 1 << 15};
/// Farther from changing sides than any sample.
static const float FAR = 3.0e38f;

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

/// The largest of each lane and the one eight further, of a in the even lanes and of b in the odd.
BASIN_INLINE lanes_t fold(lanes_t a, lanes_t b) {
  return larger(
      __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
      __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}

/// The largest lane of each of sixteen vectors, which are used up.
BASIN_INLINE lanes_t largest_of_each(lanes_t x[16]) {
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; i++) x[i] = fold(x[i], x[i + half]);
  return x[0];
}

/// A bit for each lane of a mask.
BASIN_INLINE uint32_t bits_of(mask_t set) { return (uint32_t)__builtin_reduce_or(set & lane_bits); }

BASIN_INLINE lanes_t lanes_of(float value) {
  lanes_t x = {0};
  return x + value;
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

/// One group after a swap: which samples are wrong, and how far each is from changing sides.
typedef struct {
  mask_t wrong;
  lanes_t to_wrong, to_right;
} group_t;

BASIN_INLINE group_t judged(const basin_layout *layout, size_t group, lanes_t truth, lanes_t before,
                            lanes_t after, int write) {
  const mask_t valid = lane_numbers < (int32_t)layout->group_size[group];
  group_t result;
  result.wrong = wrong_lanes(truth, before, after, valid);
  if (write) {
    const lanes_t margin = truth - larger(before, after), far = lanes_of(FAR);
    result.to_wrong = choose(valid & ~result.wrong, margin, far);
    result.to_right = choose(result.wrong, -margin, far);
  }
  return result;
}

/// One group; with `write` the logits change in place and the distances are computed.
BASIN_INLINE group_t pass(const basin_swap *swap, const basin_layout *layout,
                          const basin_logits *state, size_t group, size_t networks, size_t classes,
                          int write) {
  const size_t truth_class = layout->group_class[group];
  activations_t r;
  activate(swap, networks, group * LANES, &r);
  float *rows = state->logits + group * classes * LANES;
  lanes_t truth = changed(*(lanes_t *)rows, &r, swap->weights[truth_class]);
  if (write) *(lanes_t *)rows = truth;
  lanes_t before = {0}, after = {0};
  before -= FAR;
  after -= FAR;
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
  return judged(layout, group, truth, before, after, write);
}

/// Hidden activations at the changing positions after and before several swaps, in one group.
BASIN_INLINE void activate_all(const basin_change *change, size_t networks, size_t at, lanes_t *r) {
#pragma STDC FP_CONTRACT OFF
  for (size_t p = 0; p < change->positions; p++) {
    // Summed over the networks in order, old and new alike, so that nothing drifts.
    lanes_t new = {0}, old = {0};
    for (size_t i = 0; i < networks; i++) {
      new += *(const lanes_t *)(change->new_columns[p * networks + i] + at);
      old += *(const lanes_t *)(change->old_columns[p * networks + i] + at);
    }
    r[2 * p] = rectified(new);
    r[2 * p + 1] = rectified(old);
  }
}

BASIN_INLINE lanes_t changed_by_all(lanes_t logit, const lanes_t *r, const float *w, size_t count) {
#pragma STDC FP_CONTRACT OFF
  for (size_t j = 0; j < count; j++) logit += r[j] * w[j];
  return logit;
}

/// As `pass`, after several swaps.
BASIN_INLINE group_t pass_all(const basin_change *change, const basin_layout *layout,
                              const basin_logits *state, size_t group, size_t networks, int write) {
  const size_t truth_class = layout->group_class[group], count = 2 * change->positions;
  lanes_t r[4 * BASIN_MOST_NETS];
  activate_all(change, networks, group * LANES, r);
  float *rows = state->logits + group * layout->classes * LANES;
  lanes_t truth =
      changed_by_all(*(lanes_t *)rows, r, change->weights + truth_class * count, count);
  if (write) *(lanes_t *)rows = truth;
  lanes_t before = lanes_of(-FAR), after = lanes_of(-FAR);
  for (size_t c = 0; c < layout->classes; c++) {
    if (c == truth_class) continue;
    lanes_t *row = (lanes_t *)(rows + (c < truth_class ? c + 1 : c) * LANES);
    lanes_t x = changed_by_all(*row, r, change->weights + c * count, count);
    if (write) *row = x;
    if (c < truth_class)
      before = larger(before, x);
    else
      after = larger(after, x);
  }
  return judged(layout, group, truth, before, after, write);
}

BASIN_INLINE size_t block_end(const basin_layout *layout, size_t block) {
  const size_t end = (block + 1) * BASIN_BLOCK_GROUPS;
  return end < layout->groups ? end : layout->groups;
}

BASIN_INLINE long count_block(const basin_swap *swap, const basin_layout *layout,
                              const basin_logits *state, size_t block, size_t networks) {
  mask_t count = {0};
  const size_t end = block_end(layout, block);
  for (size_t group = block * BASIN_BLOCK_GROUPS; group < end; group++)
    count += pass(swap, layout, state, group, networks, layout->classes, 0).wrong;
  return count_of(count);
}

/// Makes a swap, or where there is none several, in one block and notes what is known of it and of
/// its groups.
BASIN_INLINE long commit_block(const basin_swap *swap, const basin_change *change,
                               const basin_layout *layout, const basin_logits *state, size_t block,
                               size_t networks) {
  const size_t first = block * BASIN_BLOCK_GROUPS, end = block_end(layout, block);
  lanes_t near_wrong[BASIN_BLOCK_GROUPS], near_right[BASIN_BLOCK_GROUPS];
  long total = 0;
  for (size_t i = 0; i < BASIN_BLOCK_GROUPS; i++) near_wrong[i] = near_right[i] = lanes_of(-FAR);
  for (size_t group = first; group < end; group++) {
    const group_t now = swap ? pass(swap, layout, state, group, networks, layout->classes, 1)
                             : pass_all(change, layout, state, group, networks, 1);
    near_wrong[group - first] = -now.to_wrong;
    near_right[group - first] = -now.to_right;
    const int wrong = __builtin_popcount(bits_of(now.wrong));
    state->group.wrong[group] = wrong;
    total += wrong;
  }
  const lanes_t least_right = -largest_of_each(near_wrong);
  const lanes_t least_wrong = -largest_of_each(near_right);
  *(lanes_t *)(state->group.least_right + first) = least_right;
  *(lanes_t *)(state->group.least_wrong + first) = least_wrong;
  state->block.least_right[block] = least_of(least_right);
  state->block.least_wrong[block] = least_of(least_wrong);
  state->block.wrong[block] = (int32_t)total;
  return total;
}

BASIN_CLONES
long basin_swap_count(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                      size_t first, size_t stride) {
  long total = 0;
  for (size_t block = first; block < layout->blocks; block += stride)
    // The usual number as a constant, so that its loops unroll.
    total += swap->networks == 2 ? count_block(swap, layout, state, block, 2)
                                 : count_block(swap, layout, state, block, swap->networks);
  return total;
}

BASIN_CLONES
long basin_swap_commit(const basin_swap *swap, const basin_layout *layout, basin_logits *state,
                       size_t first, size_t stride) {
  long total = 0;
  for (size_t block = first; block < layout->blocks; block += stride)
    total += swap->networks == 2 ? commit_block(swap, NULL, layout, state, block, 2)
                                 : commit_block(swap, NULL, layout, state, block, swap->networks);
  return total;
}

BASIN_CLONES
void basin_change_count(const basin_change *change, const basin_layout *layout,
                        const basin_logits *state, size_t first, size_t stride, long limit,
                        long *wrong) {
  for (size_t block = first; block < layout->blocks; block += stride) {
    if (__atomic_load_n(wrong, __ATOMIC_RELAXED) > limit) return;
    mask_t count = {0};
    const size_t end = block_end(layout, block);
    for (size_t group = block * BASIN_BLOCK_GROUPS; group < end; group++)
      count += pass_all(change, layout, state, group, change->networks, 0).wrong;
    __atomic_fetch_add(wrong, count_of(count), __ATOMIC_RELAXED);
  }
}

BASIN_CLONES
long basin_change_commit(const basin_change *change, const basin_layout *layout,
                         basin_logits *state, size_t first, size_t stride) {
  long total = 0;
  for (size_t block = first; block < layout->blocks; block += stride)
    total += commit_block(NULL, change, layout, state, block, change->networks);
  return total;
}

// MARK: - Lazy questions
//
// After a swap no logit differs from what it was by more than Σ activation · weight over the new
// and the old activations of a and b, and an activation lies between 0 and the rectified sum of
// the networks' largest pre-activations. So most samples are known to stay on their side of the
// decision without being looked at: first by block, then by group, then by the class of a group.

/// Rounding of the bounds themselves.
static const float BOUND_SLACK = 1.0001f;

/// The largest activations of new a, new b, old a and old b in each of sixteen groups.
BASIN_INLINE void group_peaks(const basin_swap *swap, size_t networks, size_t at, lanes_t peak[4]) {
#pragma STDC FP_CONTRACT OFF
  for (int j = 0; j < 4; j++) peak[j] = lanes_of(0);
  for (size_t i = 0; i < networks; i++) {
    const lanes_t a = *(const lanes_t *)(swap->group_peak_a[i] + at);
    const lanes_t b = *(const lanes_t *)(swap->group_peak_b[i] + at);
    const int moves = i == swap->moving;
    peak[0] += moves ? b : a;
    peak[1] += moves ? a : b;
    peak[2] += a;
    peak[3] += b;
  }
  for (int j = 0; j < 4; j++) peak[j] = rectified(peak[j]);
}

/// A number per lane of memory that need not begin a cache line.
BASIN_INLINE lanes_t lanes_at(const float *from) { return (lanes_t)(*(const unaligned_lanes_t *)from); }

BASIN_INLINE long mark(const basin_swap *swap, const basin_layout *layout,
                       const basin_logits *state, size_t networks, float slack, uint8_t *flags) {
#pragma STDC FP_CONTRACT OFF
  mask_t marked = {0};
  float range[4];
  for (int j = 0; j < 4; j++) range[j] = swap->highest[j] - swap->lowest[j];
  // Sixteen blocks at a time; what is known of them is filled up to that.
  for (size_t k = 0; k < layout->blocks; k += LANES) {
    lanes_t old_a = {0}, old_b = {0}, new_a = {0}, new_b = {0};
    for (size_t i = 0; i < networks; i++) {
      const lanes_t a = *(const lanes_t *)(swap->peak_a[i] + k);
      const lanes_t b = *(const lanes_t *)(swap->peak_b[i] + k);
      const int moves = i == swap->moving;
      old_a += a;
      old_b += b;
      new_a += moves ? b : a;
      new_b += moves ? a : b;
    }
    lanes_t bound = rectified(new_a) * range[0] + rectified(new_b) * range[1] +
                    rectified(old_a) * range[2] + rectified(old_b) * range[3];
    bound = bound * BOUND_SLACK + slack;
    const mask_t valid = lane_numbers < (int32_t)(layout->blocks - k);
    const mask_t near_wrong = (bound >= lanes_at(state->block.least_wrong + k)) & valid;
    const mask_t near_right = (bound >= lanes_at(state->block.least_right + k)) & valid;
    typedef uint8_t bytes_t __attribute__((vector_size(16), aligned(1), may_alias));
    *(bytes_t *)(flags + k) = __builtin_convertvector((near_wrong & 1) | (near_right & 2), bytes_t);
    marked += near_wrong | near_right;
  }
  return count_of(marked);
}

BASIN_CLONES
long basin_swap_mark(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     float slack, uint8_t *flags) {
  return swap->networks == 2 ? mark(swap, layout, state, 2, slack, flags)
                             : mark(swap, layout, state, swap->networks, slack, flags);
}

void basin_swap_bounds(const basin_layout *layout, const basin_logits *state, const uint8_t *flags,
                       size_t parts, long *bounds) {
  for (size_t part = 0; part < parts; part++) {
    long could_improve = 0;
    for (size_t k = part; k < layout->blocks; k += parts)
      could_improve += flags[k] & 1 ? state->block.wrong[k] : 0;
    bounds[8 * part] = -could_improve;
  }
}

/// Whether the swap can change the side of a sample of one group, whose class is known.
BASIN_INLINE int can_change(const basin_swap *swap, const basin_layout *layout,
                            const basin_logits *state, size_t group, const float *const peak[4],
                            size_t lane, float slack) {
#pragma STDC FP_CONTRACT OFF
  const float *truth = swap->weights[layout->group_class[group]];
  float down = 0, up = 0;
  for (int j = 0; j < 4; j++) {
    down += peak[j][lane] * (swap->highest[j] - truth[j]);
    up += peak[j][lane] * (truth[j] - swap->lowest[j]);
  }
  return down * BOUND_SLACK + slack >= state->group.least_right[group] ||
         up * BOUND_SLACK + slack >= state->group.least_wrong[group];
}

/// The change of the number of wrong samples in one block; adds the visited groups to `visited`.
BASIN_INLINE long visit(const basin_swap *swap, const basin_layout *layout,
                        const basin_logits *state, size_t block, size_t networks, float slack,
                        long *visited) {
#pragma STDC FP_CONTRACT OFF
  const size_t first = block * BASIN_BLOCK_GROUPS;
  lanes_t peaks[4];
  group_peaks(swap, networks, first, peaks);
  lanes_t bound = lanes_of(0);
  for (int j = 0; j < 4; j++) bound += peaks[j] * (swap->highest[j] - swap->lowest[j]);
  bound = bound * BOUND_SLACK + slack;
  uint32_t near = bits_of((bound >= *(lanes_t *)(state->group.least_right + first)) |
                          (bound >= *(lanes_t *)(state->group.least_wrong + first)));
  const float *const peak[4] = {(const float *)&peaks[0], (const float *)&peaks[1],
                                (const float *)&peaks[2], (const float *)&peaks[3]};
  mask_t count = {0};
  long before = 0;
  for (; near != 0; near &= near - 1) {
    const size_t lane = (size_t)__builtin_ctz(near), group = first + lane;
    if (!can_change(swap, layout, state, group, peak, lane, slack)) continue;
    count += pass(swap, layout, state, group, networks, layout->classes, 0).wrong;
    before += state->group.wrong[group];
    *visited += 1;
  }
  return count_of(count) - before;
}

BASIN_INLINE int is_over(const long *bounds, size_t parts, long now, long limit) {
  long sum = now;
  for (size_t p = 0; p < parts; p++) sum += __atomic_load_n(bounds + 8 * p, __ATOMIC_RELAXED);
  return sum > limit;
}

BASIN_CLONES
void basin_swap_lazy(const basin_swap *swap, const basin_layout *layout, const basin_logits *state,
                     size_t part, size_t parts, long now, long limit, float slack,
                     const uint8_t *flags, long *bounds, basin_lazy_part *result) {
  long *bound = bounds + 8 * part;
  long change = 0, could_improve = -__atomic_load_n(bound, __ATOMIC_RELAXED), visited = 0;
  result->complete = 0;
  // First the blocks in which a wrong sample may become right: they hold the bound down.
  for (int turn = 0; turn < 2; turn++) {
    for (size_t k = part; k < layout->blocks; k += parts) {
      if (turn == 0 ? !(flags[k] & 1) : flags[k] != 2) continue;
      if (is_over(bounds, parts, now, limit)) goto stopped;
      change += swap->networks == 2
                    ? visit(swap, layout, state, k, 2, slack, &visited)
                    : visit(swap, layout, state, k, swap->networks, slack, &visited);
      if (turn == 0) could_improve -= state->block.wrong[k];
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
void basin_column_peaks(const float *column, const basin_layout *layout, float *block_peaks,
                        float *group_peaks) {
  for (size_t block = 0; block < layout->blocks; block++) {
    const size_t first = block * BASIN_BLOCK_GROUPS, end = block_end(layout, block);
    lanes_t x[BASIN_BLOCK_GROUPS];
    for (size_t i = 0; i < BASIN_BLOCK_GROUPS; i++)
      x[i] = first + i < end ? *(const lanes_t *)(column + (first + i) * LANES) : lanes_of(-FAR);
    const lanes_t most = largest_of_each(x);
    *(lanes_t *)(group_peaks + first) = most;
    block_peaks[block] = -least_of(-most);
  }
}

BASIN_CLONES
void basin_move_groups(float *column, const int32_t *groups, const int32_t *sources, size_t count,
                       float *scratch) {
  for (size_t i = 0; i < count * LANES; i++) scratch[i] = column[sources[i]];
  for (size_t i = 0; i < count; i++)
    *(lanes_t *)(column + (size_t)groups[i] * LANES) = *(const lanes_t *)(scratch + i * LANES);
}

// MARK: - Losses
//
// A sample's loss is log Σ exp(x − top) − (x_true − top). The logarithm of a block's samples is that
// of their product, one per lane: a sum of exponentials lies between 1 and the number of classes,
// at most 2^8, so that of a block's sixteen groups the product stays below 2^128. All is summed in
// the order of groups and lanes, whoever computes it.

typedef double wide_t __attribute__((vector_size(128), aligned(64)));

/// The losses of one block after a swap, or where there is none several, added up.
BASIN_INLINE double block_loss(const basin_swap *swap, const basin_change *change,
                               const basin_layout *layout, const basin_logits *state, size_t block,
                               size_t networks) {
#pragma STDC FP_CONTRACT OFF
  const size_t classes = layout->classes, end = block_end(layout, block);
  const size_t count = swap ? 0 : 2 * change->positions;
  wide_t product = {0}, above = {0};
  product += 1.0;
  lanes_t x[BASIN_MOST_CLASSES], all[4 * BASIN_MOST_NETS];
  for (size_t group = block * BASIN_BLOCK_GROUPS; group < end; group++) {
    const size_t truth = layout->group_class[group];
    const float *rows = state->logits + group * classes * LANES;
    activations_t r;
    if (swap)
      activate(swap, networks, group * LANES, &r);
    else
      activate_all(change, networks, group * LANES, all);
    lanes_t top = {0};
    for (size_t row = 0; row < classes; row++) {
      const size_t class = row == 0 ? truth : row <= truth ? row - 1 : row;
      const lanes_t logit = *(const lanes_t *)(rows + row * LANES);
      x[row] = swap ? changed(logit, &r, swap->weights[class])
                    : changed_by_all(logit, all, change->weights + class * count, count);
      top = row == 0 ? x[0] : larger(top, x[row]);
    }
    lanes_t sum = {0};
    for (size_t row = 0; row < classes; row++) sum += exp_lanes(x[row] - top);
    const mask_t valid = lane_numbers < (int32_t)layout->group_size[group];
    product *= __builtin_convertvector(choose(valid, sum, lanes_of(1)), wide_t);
    above += __builtin_convertvector(choose(valid, x[0] - top, lanes_of(0)), wide_t);
  }
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += log(product[lane]) - above[lane];
  return total;
}

BASIN_CLONES
void basin_swap_losses(const basin_swap *swap, const basin_layout *layout,
                       const basin_logits *state, size_t first, size_t stride, double *losses) {
  for (size_t block = first; block < layout->blocks; block += stride)
    losses[block] = swap->networks == 2
                        ? block_loss(swap, NULL, layout, state, block, 2)
                        : block_loss(swap, NULL, layout, state, block, swap->networks);
}

BASIN_CLONES
void basin_change_losses(const basin_change *change, const basin_layout *layout,
                         const basin_logits *state, size_t first, size_t stride, double *losses) {
  for (size_t block = first; block < layout->blocks; block += stride)
    losses[block] = block_loss(NULL, change, layout, state, block, change->networks);
}
