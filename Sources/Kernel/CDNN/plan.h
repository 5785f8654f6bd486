// A plan: a primitive, the reorders on its way in and out, and where blocked layouts lie in the area.
#pragma once
#include "calls.h"

/// One argument of a convolution, as the caller has it and as the primitive wants it.
typedef struct {
  dnnl_memory_t plain;
  /// NULL where the primitive takes it as the caller has it.
  dnnl_memory_t blocked;
  dnnl_primitive_t in;
  dnnl_primitive_t out;
  /// As `out`, added to what is there.
  dnnl_primitive_t add;
  /// Where it lies in the area.
  size_t offset;
  size_t bytes;
} basin_dnn_tensor;

typedef struct {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t kernel;
  basin_dnn_tensor x;
  basin_dnn_tensor w;
  basin_dnn_tensor y;
  dnnl_memory_t bias;
  dnnl_memory_t pad;
  size_t pad_offset;
  /// Where a block's part of the gradient of the weights lies before it is added.
  size_t part;
  /// How many weights there are.
  size_t count;
  /// What the area must hold.
  size_t bytes;
} basin_dnn_plan;

/// Room in the area, a cache line from what is before it.
static inline size_t basin_dnn_reserve(basin_dnn_plan *plan, size_t bytes) {
  size_t offset = plan->bytes;
  plan->bytes += (bytes + 63) / 64 * 64;
  return offset;
}

static inline dnnl_primitive_t basin_dnn_reorder(basin_dnn_plan *plan, basin_dnn_description_in from,
                                                 basin_dnn_description_in to, int adds) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_primitive_t made = NULL;
  if (dnnl_primitive_attr_create(&attributes) == dnnl_success && (!adds || basin_dnn_add(attributes)) &&
      dnnl_reorder_primitive_desc_create(&chosen, from, plan->engine, to, plan->engine,
                                         attributes) == dnnl_success)
    if (dnnl_primitive_create(&made, chosen) != dnnl_success) made = NULL;
  if (chosen != NULL) dnnl_primitive_desc_destroy(chosen);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  return made;
}

/// Prepares an argument that is read, or where `is_result` is not 0 written.
static inline int basin_dnn_prepare(basin_dnn_plan *plan, basin_dnn_tensor *tensor,
                                    basin_dnn_description_in plain,
                                    basin_dnn_description_in wanted, int is_result,
                                    int always_lies_in_area) {
  tensor->bytes = dnnl_memory_desc_get_size(wanted);
  if (dnnl_memory_create(&tensor->plain, plain, plan->engine, DNNL_MEMORY_NONE) != dnnl_success)
    return 0;
  if (dnnl_memory_desc_equal(plain, wanted) && !always_lies_in_area) return 1;
  tensor->offset = basin_dnn_reserve(plan, tensor->bytes);
  if (dnnl_memory_create(&tensor->blocked, wanted, plan->engine, DNNL_MEMORY_NONE) != dnnl_success)
    return 0;
  if (!is_result) return (tensor->in = basin_dnn_reorder(plan, plain, wanted, 0)) != NULL;
  return (tensor->out = basin_dnn_reorder(plan, wanted, plain, 0)) != NULL &&
         (tensor->add = basin_dnn_reorder(plan, wanted, plain, 1)) != NULL;
}

static inline int basin_dnn_build(basin_dnn_plan *plan, const basin_dnn_sizes *sizes,
                                  basin_dnn_direction direction) {
  if (dnnl_engine_create(&plan->engine, dnnl_cpu, 0) != dnnl_success ||
      dnnl_stream_create(&plan->stream, plan->engine, dnnl_stream_default_flags) != dnnl_success)
    return 0;
  const dnnl_dim_t image[] = {sizes->samples, sizes->channels, sizes->height, sizes->width};
  const dnnl_dim_t result[] = {sizes->samples, sizes->outputs, sizes->out_height, sizes->out_width};
  const dnnl_dim_t weights[] = {sizes->groups, sizes->outputs / sizes->groups,
                                sizes->channels / sizes->groups, sizes->kernel, sizes->kernel};
  const int first = sizes->groups > 1 ? 0 : 1;
  plan->count = (size_t)(sizes->outputs * weights[2] * sizes->kernel * sizes->kernel);
  // Plain and free: images, weights, results; and the bias.
  basin_dnn_description d[7];
  memset(d, 0, sizeof d);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t chosen = NULL;
  const int is_forward = direction == basin_dnn_forward_direction;
  int is_built =
      basin_dnn_describe(&d[0], 4, image, 0) && basin_dnn_describe(&d[1], 4, image, 1) &&
      basin_dnn_describe(&d[2], 5 - first, weights + first, 0) &&
      basin_dnn_describe(&d[3], 5 - first, weights + first, 1) &&
      basin_dnn_describe(&d[4], 4, result, 0) && basin_dnn_describe(&d[5], 4, result, 1) &&
      basin_dnn_describe(&d[6], 1, &sizes->outputs, 0) &&
      dnnl_primitive_attr_create(&attributes) == dnnl_success &&
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) ==
          dnnl_success &&
      (!is_forward || !sizes->rectifies || basin_dnn_rectify(attributes)) &&
      (chosen = basin_dnn_choose(plan->engine, sizes, direction, BASIN_DNN_IN(d[1]),
                                 BASIN_DNN_IN(d[3]),
                                 is_forward && sizes->has_bias ? BASIN_DNN_IN(d[6]) : NULL,
                                 BASIN_DNN_IN(d[5]), attributes)) != NULL;
  if (is_built) {
    const int to_data = direction == basin_dnn_data_direction;
    const int to_weights = direction == basin_dnn_weights_direction;
    basin_dnn_description_in pad = basin_dnn_wanted(chosen, DNNL_ARG_SCRATCHPAD);
    plan->pad_offset = basin_dnn_reserve(plan, dnnl_memory_desc_get_size(pad));
    is_built =
        dnnl_memory_create(&plan->pad, pad, plan->engine, DNNL_MEMORY_NONE) == dnnl_success &&
        basin_dnn_prepare(plan, &plan->x, BASIN_DNN_IN(d[0]),
                          basin_dnn_wanted(chosen, to_data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC),
                          to_data, to_data) &&
        basin_dnn_prepare(
            plan, &plan->w, BASIN_DNN_IN(d[2]),
            basin_dnn_wanted(chosen, to_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS),
            to_weights, 1) &&
        basin_dnn_prepare(plan, &plan->y, BASIN_DNN_IN(d[4]),
                          basin_dnn_wanted(chosen, is_forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST),
                          is_forward, 0) &&
        (!(is_forward && sizes->has_bias) ||
         dnnl_memory_create(&plan->bias, BASIN_DNN_IN(d[6]), plan->engine, DNNL_MEMORY_NONE) ==
             dnnl_success) &&
        dnnl_primitive_create(&plan->kernel, chosen) == dnnl_success;
    if (to_weights) plan->part = basin_dnn_reserve(plan, plan->w.bytes);
  }
  if (chosen != NULL) dnnl_primitive_desc_destroy(chosen);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  for (int index = 0; index < 7; index++) basin_dnn_forget(&d[index]);
  return is_built;
}

static inline void basin_dnn_free_tensor(basin_dnn_tensor *tensor) {
  if (tensor->plain != NULL) dnnl_memory_destroy(tensor->plain);
  if (tensor->blocked != NULL) dnnl_memory_destroy(tensor->blocked);
  if (tensor->in != NULL) dnnl_primitive_destroy(tensor->in);
  if (tensor->out != NULL) dnnl_primitive_destroy(tensor->out);
  if (tensor->add != NULL) dnnl_primitive_destroy(tensor->add);
}

static inline void basin_dnn_free(basin_dnn_plan *plan) {
  basin_dnn_free_tensor(&plan->x);
  basin_dnn_free_tensor(&plan->w);
  basin_dnn_free_tensor(&plan->y);
  if (plan->bias != NULL) dnnl_memory_destroy(plan->bias);
  if (plan->pad != NULL) dnnl_memory_destroy(plan->pad);
  if (plan->kernel != NULL) dnnl_primitive_destroy(plan->kernel);
  if (plan->stream != NULL) dnnl_stream_destroy(plan->stream);
  if (plan->engine != NULL) dnnl_engine_destroy(plan->engine);
  free(plan);
}

static inline int basin_dnn_run(basin_dnn_plan *plan, dnnl_primitive_t primitive, int count,
                                const dnnl_exec_arg_t *arguments) {
  return dnnl_primitive_execute(primitive, plan->stream, count, arguments) == dnnl_success &&
         dnnl_stream_wait(plan->stream) == dnnl_success;
}

/// The memory that the kernel works on.
static inline dnnl_memory_t basin_dnn_used(const basin_dnn_tensor *tensor) {
  return tensor->blocked != NULL ? tensor->blocked : tensor->plain;
}

/// Lets blocked layouts lie in the area.
static inline void basin_dnn_place(basin_dnn_plan *plan, void *area) {
  basin_dnn_tensor *tensors[] = {&plan->x, &plan->w, &plan->y};
  for (int index = 0; index < 3; index++)
    if (tensors[index]->blocked != NULL)
      dnnl_memory_set_data_handle(tensors[index]->blocked, (char *)area + tensors[index]->offset);
  dnnl_memory_set_data_handle(plan->pad, (char *)area + plan->pad_offset);
}

/// Where the caller has an argument.
static inline void basin_dnn_aim(basin_dnn_tensor *tensor, const float *numbers) {
  dnnl_memory_set_data_handle(tensor->plain, (void *)numbers);
}

static inline int basin_dnn_move(basin_dnn_plan *plan, dnnl_primitive_t reorder, dnnl_memory_t from,
                                 dnnl_memory_t to) {
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  return basin_dnn_run(plan, reorder, 2, arguments);
}

/// Lays an argument out as the kernel wants it.
static inline int basin_dnn_take(basin_dnn_plan *plan, basin_dnn_tensor *tensor,
                                 const float *numbers) {
  basin_dnn_aim(tensor, numbers);
  return tensor->blocked == NULL || basin_dnn_move(plan, tensor->in, tensor->plain, tensor->blocked);
}

/// Brings a result to where the caller wants it, or adds it to what is there.
static inline int basin_dnn_give(basin_dnn_plan *plan, basin_dnn_tensor *tensor, int adds) {
  return tensor->blocked == NULL ||
         basin_dnn_move(plan, adds ? tensor->add : tensor->out, tensor->blocked, tensor->plain);
}
