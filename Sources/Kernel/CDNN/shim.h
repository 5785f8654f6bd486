// oneDNN: convolutions of one block of samples, behind five functions: make, forward, backward data,
// backward weights, free. What is handed over is NCHW; oneDNN's blocked layouts live only in the area
// that a caller lends to a plan. A plan belongs to one task at a time.
#pragma once
#include "calls.h"
#include "plan.h"

/// A plan for one direction; NULL where oneDNN has no kernel of its own for these sizes.
static inline basin_dnn_plan *basin_dnn_make(const basin_dnn_sizes *sizes,
                                             basin_dnn_direction direction) {
  basin_dnn_use_calling_thread();
  basin_dnn_plan *plan = (basin_dnn_plan *)calloc(1, sizeof *plan);
  if (plan == NULL) return NULL;
  if (!basin_dnn_build(plan, sizes, direction)) {
    basin_dnn_free(plan);
    return NULL;
  }
  return plan;
}

/// y = w ∗ x + bias, rectified where the plan says so.
///
/// - area: As many bytes as the plan asks for, aligned to 64.
/// - weight: NULL where the last call with this area laid it out already.
/// - bias: Only where the plan has one.
/// - Returns: Whether oneDNN did all of it.
static inline int basin_dnn_forward(basin_dnn_plan *plan, void *area, const float *weight,
                                    const float *x, const float *bias, float *y) {
  basin_dnn_use_calling_thread();
  basin_dnn_place(plan, area);
  if (weight != NULL && !basin_dnn_take(plan, &plan->w, weight)) return 0;
  if (!basin_dnn_take(plan, &plan->x, x)) return 0;
  basin_dnn_aim(&plan->y, y);
  if (plan->bias != NULL) dnnl_memory_set_data_handle(plan->bias, (void *)bias);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, basin_dnn_used(&plan->x)},
                                       {DNNL_ARG_WEIGHTS, basin_dnn_used(&plan->w)},
                                       {DNNL_ARG_DST, basin_dnn_used(&plan->y)},
                                       {DNNL_ARG_SCRATCHPAD, plan->pad},
                                       {DNNL_ARG_BIAS, plan->bias}};
  return basin_dnn_run(plan, plan->kernel, plan->bias != NULL ? 5 : 4, arguments) &&
         basin_dnn_give(plan, &plan->y, 0);
}

/// dx = wᵀ ∗ dy, or dx + wᵀ ∗ dy where `adds` is not 0.
static inline int basin_dnn_backward_data(basin_dnn_plan *plan, void *area, const float *weight,
                                          const float *dy, float *dx, int adds) {
  basin_dnn_use_calling_thread();
  basin_dnn_place(plan, area);
  if (weight != NULL && !basin_dnn_take(plan, &plan->w, weight)) return 0;
  if (!basin_dnn_take(plan, &plan->y, dy)) return 0;
  basin_dnn_aim(&plan->x, dx);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_DIFF_SRC, basin_dnn_used(&plan->x)},
                                       {DNNL_ARG_WEIGHTS, basin_dnn_used(&plan->w)},
                                       {DNNL_ARG_DIFF_DST, basin_dnn_used(&plan->y)},
                                       {DNNL_ARG_SCRATCHPAD, plan->pad}};
  return basin_dnn_run(plan, plan->kernel, 4, arguments) &&
         basin_dnn_give(plan, &plan->x, adds);
}

/// Adds dy ∗ x to the sum that the area holds, which the first block of a pass begins.
///
/// - dw: What the sum is added to after the last block, where it keeps the share `keep`; NULL before.
static inline int basin_dnn_backward_weights(basin_dnn_plan *plan, void *area, int begins,
                                             const float *x, const float *dy, float keep,
                                             float *dw) {
#pragma STDC FP_CONTRACT OFF
  basin_dnn_use_calling_thread();
  basin_dnn_place(plan, area);
  if (!basin_dnn_take(plan, &plan->x, x) || !basin_dnn_take(plan, &plan->y, dy)) return 0;
  float *sum = (float *)((char *)area + plan->w.offset);
  float *part = (float *)((char *)area + plan->part);
  dnnl_memory_set_data_handle(plan->w.blocked, begins ? sum : part);
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, basin_dnn_used(&plan->x)},
                                       {DNNL_ARG_DIFF_WEIGHTS, plan->w.blocked},
                                       {DNNL_ARG_DIFF_DST, basin_dnn_used(&plan->y)},
                                       {DNNL_ARG_SCRATCHPAD, plan->pad}};
  if (!basin_dnn_run(plan, plan->kernel, 4, arguments)) return 0;
  if (!begins)
    for (size_t place = 0; place < plan->w.bytes / sizeof(float); place++)
      sum[place] += part[place];
  if (dw == NULL) return 1;
  dnnl_memory_set_data_handle(plan->w.blocked, sum);
  // What was there may be no number, and zero times that is none, either.
  basin_dnn_aim(&plan->w, keep == 0 ? dw : part);
  if (!basin_dnn_give(plan, &plan->w, 0)) return 0;
  if (keep != 0)
    for (size_t place = 0; place < plan->count; place++) dw[place] = keep * dw[place] + part[place];
  return 1;
}
