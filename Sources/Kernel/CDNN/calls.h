// The calls whose form differs between oneDNN 2 and 3: descriptions of memory are structs in 2 and
// handles in 3, and operations have descriptions of their own in 2 only.
#pragma once
#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#else
#include <dnnl.h>
#endif
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t basin_dnn_description;
typedef const_dnnl_memory_desc_t basin_dnn_description_in;
#define BASIN_DNN_IN(description) (description)
#else
typedef dnnl_memory_desc_t basin_dnn_description;
typedef const dnnl_memory_desc_t *basin_dnn_description_in;
#define BASIN_DNN_IN(description) (&(description))
#endif

/// The sizes of a convolution of one block of samples.
typedef struct {
  int64_t samples;
  int64_t groups;
  int64_t channels;
  int64_t height;
  int64_t width;
  int64_t outputs;
  int64_t out_height;
  int64_t out_width;
  int64_t kernel;
  int64_t stride;
  int64_t padding;
  /// Whether a bias is added, and a rectifier follows, in the same pass; forward only.
  int has_bias;
  int rectifies;
  int winograd;
  /// The newest instructions that a kernel may use: 4 for AVX-512, 3 for AVX2.
  int vector_level;
} basin_dnn_sizes;

typedef enum {
  basin_dnn_forward_direction,
  basin_dnn_data_direction,
  basin_dnn_weights_direction,
} basin_dnn_direction;

/// The version that runs, such as 2.6.3.
static inline void basin_dnn_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

/// One thread for what the calling thread asks of oneDNN; OpenMP keeps this for each thread.
///
/// Found by name: builds of oneDNN have different runtimes of OpenMP, or none.
static inline void basin_dnn_use_calling_thread(void) {
  static void (*set_threads)(int);
  static int was_sought;
  if (!__atomic_load_n(&was_sought, __ATOMIC_ACQUIRE)) {
    __atomic_store_n(&set_threads, (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads"),
                     __ATOMIC_RELAXED);
    __atomic_store_n(&was_sought, 1, __ATOMIC_RELEASE);
  }
  void (*set)(int) = __atomic_load_n(&set_threads, __ATOMIC_RELAXED);
  if (set != NULL) set(1);
}

/// How numbers lie: `any` leaves it to oneDNN.
static inline int basin_dnn_describe(basin_dnn_description *description, int axes,
                                     const dnnl_dim_t *sizes, int any) {
  dnnl_format_tag_t tag = any ? dnnl_format_tag_any : axes == 4 ? dnnl_abcd : axes == 5 ? dnnl_abcde
                                                                                        : dnnl_a;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(description, axes, sizes, dnnl_f32, tag) == dnnl_success;
#else
  return dnnl_memory_desc_init_by_tag(description, axes, sizes, dnnl_f32, tag) == dnnl_success;
#endif
}

static inline void basin_dnn_forget(basin_dnn_description *description) {
#if DNNL_VERSION_MAJOR >= 3
  if (*description != NULL) dnnl_memory_desc_destroy(*description);
#else
  (void)description;
#endif
}

/// A rectifier after a convolution.
static inline int basin_dnn_rectify(dnnl_primitive_attr_t attributes) {
  dnnl_post_ops_t after = NULL;
  if (dnnl_post_ops_create(&after) != dnnl_success) return 0;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_status_t status = dnnl_post_ops_append_eltwise(after, dnnl_eltwise_relu, 0, 0);
#else
  dnnl_status_t status = dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_relu, 0, 0);
#endif
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, after);
  dnnl_post_ops_destroy(after);
  return status == dnnl_success;
}

/// A result that is added to what was there.
static inline int basin_dnn_add(dnnl_primitive_attr_t attributes) {
  dnnl_post_ops_t after = NULL;
  if (dnnl_post_ops_create(&after) != dnnl_success) return 0;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_status_t status = dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef);
#else
  dnnl_status_t status = dnnl_post_ops_append_sum(after, 1);
#endif
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, after);
  dnnl_post_ops_destroy(after);
  return status == dnnl_success;
}

/// Whether a kernel is oneDNN's own machine code, neither its plain loops nor a matrix product, and asks
/// for no newer instructions than may be used.
///
/// By name, since oneDNN's own limit is one for the whole process, and final.
static inline int basin_dnn_is_wanted(dnnl_primitive_desc_t chosen, int vector_level) {
  const char *name = NULL;
  if (dnnl_primitive_desc_query(chosen, dnnl_query_impl_info_str, 0, &name) != dnnl_success)
    return 0;
  return strstr(name, "ref") == NULL && strstr(name, "gemm") == NULL &&
         strncmp(name, "simple", 6) != 0 && (vector_level >= 4 || strstr(name, "avx512") == NULL);
}

/// The first wanted kernel that oneDNN has for a convolution; NULL where there is none.
static inline dnnl_primitive_desc_t
basin_dnn_choose(dnnl_engine_t engine, const basin_dnn_sizes *sizes, basin_dnn_direction direction,
                 basin_dnn_description_in x, basin_dnn_description_in w,
                 basin_dnn_description_in bias, basin_dnn_description_in y,
                 dnnl_primitive_attr_t attributes) {
  const dnnl_dim_t strides[] = {sizes->stride, sizes->stride};
  const dnnl_dim_t dilations[] = {0, 0};
  const dnnl_dim_t padding[] = {sizes->padding, sizes->padding};
  dnnl_alg_kind_t way = sizes->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_status_t status = dnnl_invalid_arguments;
#if DNNL_VERSION_MAJOR >= 3
  switch (direction) {
  case basin_dnn_forward_direction:
    status = dnnl_convolution_forward_primitive_desc_create(
        &chosen, engine, dnnl_forward_training, way, x, w, bias, y, strides, dilations, padding,
        padding, attributes);
    break;
  case basin_dnn_data_direction:
    status = dnnl_convolution_backward_data_primitive_desc_create(
        &chosen, engine, way, x, w, y, strides, dilations, padding, padding, NULL, attributes);
    break;
  case basin_dnn_weights_direction:
    status = dnnl_convolution_backward_weights_primitive_desc_create(
        &chosen, engine, way, x, w, NULL, y, strides, dilations, padding, padding, NULL,
        attributes);
    break;
  }
  if (status != dnnl_success) return NULL;
  while (!basin_dnn_is_wanted(chosen, sizes->vector_level))
    if (dnnl_primitive_desc_next_impl(chosen) != dnnl_success) {
      dnnl_primitive_desc_destroy(chosen);
      return NULL;
    }
#else
  dnnl_convolution_desc_t operation;
  switch (direction) {
  case basin_dnn_forward_direction:
    status = dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_training, way, x,
                                                        w, bias, y, strides, dilations, padding,
                                                        padding);
    break;
  case basin_dnn_data_direction:
    status = dnnl_dilated_convolution_backward_data_desc_init(&operation, way, x, w, y, strides,
                                                              dilations, padding, padding);
    break;
  case basin_dnn_weights_direction:
    status = dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, way, x, w, NULL, y, strides, dilations, padding, padding);
    break;
  }
  dnnl_primitive_desc_iterator_t kernels = NULL;
  if (status != dnnl_success ||
      dnnl_primitive_desc_iterator_create(&kernels, &operation, attributes, engine, NULL) !=
          dnnl_success)
    return NULL;
  do {
    if (chosen != NULL) dnnl_primitive_desc_destroy(chosen);
    chosen = dnnl_primitive_desc_iterator_fetch(kernels);
    if (chosen != NULL && basin_dnn_is_wanted(chosen, sizes->vector_level)) break;
    status = dnnl_primitive_desc_iterator_next(kernels);
  } while (status == dnnl_success);
  dnnl_primitive_desc_iterator_destroy(kernels);
  if (status != dnnl_success && chosen != NULL) {
    dnnl_primitive_desc_destroy(chosen);
    chosen = NULL;
  }
#endif
  return chosen;
}

/// How a chosen kernel wants an argument to lie.
static inline basin_dnn_description_in basin_dnn_wanted(dnnl_primitive_desc_t chosen,
                                                        int argument) {
  return dnnl_primitive_desc_query_md(chosen, dnnl_query_exec_arg_md, argument);
}
