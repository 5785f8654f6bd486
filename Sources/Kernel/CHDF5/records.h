// What the process that reads an HDF5 file passes on, and what it may take.
//
// A record is a letter and its fields; a number has 8 bytes, a text its length and its bytes:
//   A path type rank extents… byte-count bytes   an array
//   N path type rank extents… byte-count bytes   an attribute of numbers
//   T path text                                  an attribute that is a text
//   S path reason                                something that is no array, with what it is
//   D what reason                                the end: damaged there, says the library
//   M what reason                                the end: the system gave no memory for it
//   L path wanted room                           the end: with this array more than may be passed on
//   C path claimed held                          the end: the array claims more than there is
//   U path why                                   the end: a way of storing that is not read
//   O reason                                     the end: no HDF5 file
//   G reason                                     the end: the file holds no such group
//   Z                                            the end: everything was read
#pragma once
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
  // Deeper nesting than any file of arrays has; it bounds what a damaged file can ask for.
  basin_h5_depth_limit = 32,
  basin_h5_group_limit = 1 << 16,
  // Longer lists of numbers are data and do not belong into attributes.
  basin_h5_attribute_limit = 1024,
  // The longest text of fixed length that is read.
  basin_h5_text_limit = 16 << 20,
  // What an array may claim beyond what was ever written; the rest is its fill value.
  basin_h5_unwritten_limit = 64 << 20,
  // The most that packing by deflate can shrink.
  basin_h5_packing_limit = 1032,
  // Bytes that even a slow machine unpacks in a second.
  basin_h5_unpacking_speed = 20000000,
  basin_h5_path_size = 4096
};

/// What the process may take.
typedef struct {
  /// Seconds of processor time, and ten times that by the clock; each array adds to them.
  uint64_t seconds;
  /// Bytes of memory beside the arrays.
  uint64_t memory;
  /// Bytes of arrays that it may pass on in all.
  uint64_t room;
} basin_h5_limits;

/// What the child process knows while it walks.
typedef struct {
  FILE *out;
  uint64_t file_size;
  basin_h5_limits limits;
  /// Bytes of arrays so far.
  uint64_t passed_on;
  /// The size of its address space when it began; 0 where that cannot be known.
  uint64_t space;
  /// What it was given by whoever started the program: it takes no more than that.
  rlim_t inherited_seconds, inherited_space;
  uint64_t *seen;
  size_t seen_count;
} basin_h5_child;

// MARK: - Limits

/// Sets a limit that can be raised again, no higher than it was when the program began.
static inline void basin_h5_limit(int what, uint64_t amount, rlim_t inherited) {
  struct rlimit limit;
  if (getrlimit(what, &limit) != 0) return;
  limit.rlim_cur = amount < inherited ? (rlim_t)amount : inherited;
  setrlimit(what, &limit);
}

static inline rlim_t basin_h5_inherited(int what) {
  struct rlimit limit;
  return getrlimit(what, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

/// Lets the child take what an array of `size` bytes takes, and all arrays before it: a small file
/// may hold large ones.
static inline void basin_h5_allow(basin_h5_child *child, uint64_t size) {
  const uint64_t seconds =
      child->limits.seconds + (child->passed_on + size) / basin_h5_unpacking_speed;
  basin_h5_limit(RLIMIT_CPU, seconds, child->inherited_seconds);
  alarm(seconds < 1 << 24 ? 10 * (unsigned)seconds : 10u << 24);
  // The array, a chunk of it packed and unpacked, and one of another type.
  if (child->space > 0)
    basin_h5_limit(RLIMIT_AS, child->space + child->limits.memory + 4 * size,
                   child->inherited_space);
}

// MARK: - Records

static inline void basin_h5_put_number(basin_h5_child *child, uint64_t number) {
  fwrite(&number, sizeof number, 1, child->out);
}

static inline void basin_h5_put_text(basin_h5_child *child, const char *text, size_t length) {
  basin_h5_put_number(child, length);
  fwrite(text, 1, length, child->out);
}

static inline void basin_h5_put(basin_h5_child *child, char letter, const char *path,
                                const char *text) {
  fputc(letter, child->out);
  if (path != NULL) basin_h5_put_text(child, path, strlen(path));
  if (text != NULL) basin_h5_put_text(child, text, strlen(text));
}

static inline void basin_h5_put_sizes(basin_h5_child *child, char letter, const char *path,
                                      double a, double b) {
  basin_h5_put(child, letter, path, NULL);
  basin_h5_put_number(child, a < 9e18 ? (uint64_t)a : (uint64_t)9e18);
  basin_h5_put_number(child, b < 9e18 ? (uint64_t)b : (uint64_t)9e18);
}

/// Ends the child; it exits with 1 where there was no memory for its records.
static inline _Noreturn void basin_h5_finish(basin_h5_child *child) {
  _exit(fflush(child->out) == 0 && !ferror(child->out) ? 0 : 1);
}

/// Ends the child: the library could not read `what`.
static inline _Noreturn void basin_h5_damaged(basin_h5_child *child, const char *what) {
  char reason[256];
  basin_h5_describe_error(reason);
  basin_h5_put(child, basin_h5_wanted_memory() ? 'M' : 'D', what, reason);
  basin_h5_finish(child);
}

/// Ends the child: there is no memory for `what`.
static inline _Noreturn void basin_h5_lacks_memory(basin_h5_child *child, const char *what) {
  basin_h5_put(child, 'M', what, "");
  basin_h5_finish(child);
}

static inline _Noreturn void basin_h5_unsupported(basin_h5_child *child, const char *path,
                                                  const char *why) {
  basin_h5_put(child, 'U', path, why);
  basin_h5_finish(child);
}

static inline _Noreturn void basin_h5_claims_too_much(basin_h5_child *child, const char *path,
                                                      double claimed, double held) {
  basin_h5_put_sizes(child, 'C', path, claimed, held);
  basin_h5_finish(child);
}

/// Counts an array of `size` bytes and lets the child take what it needs; ends the child where
/// that is more than it may pass on.
static inline void basin_h5_make_room(basin_h5_child *child, const char *path, uint64_t size) {
  if (size > child->limits.room - child->passed_on) {
    basin_h5_put_sizes(child, 'L', path, (double)child->passed_on + (double)size,
                       (double)child->limits.room);
    basin_h5_finish(child);
  }
  basin_h5_allow(child, size);
  child->passed_on += size;
}
