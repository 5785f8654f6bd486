// Reading an HDF5 file through in a process of its own, to see whether the library survives it.
//
// Old HDF5 files have no checksums, and the library (1.10.8) believes their structure: one changed
// byte can make it crash, corrupt its memory or run forever. In a child process that costs nothing.
// The child runs C alone: after a fork of a process with threads, no Swift may run.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { basin_h5_depth_limit = 32, basin_h5_element_limit = 1 << 24 };

typedef struct {
  hid_t group;
  int depth;
  uint64_t *seen;
  size_t *seen_count;
  size_t seen_room;
} basin_h5_walk;

static inline int basin_h5_is_number(hid_t type) {
  H5T_class_t kind = H5Tget_class(type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM;
}

static inline herr_t basin_h5_try_attribute(hid_t object, const char *name, const H5A_info_t *info,
                                            void *context) {
  (void)info;
  (void)context;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  hid_t type = H5Aget_type(attribute);
  hid_t space = H5Aget_space(attribute);
  hssize_t count = H5Sget_simple_extent_npoints(space);
  size_t size = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
    if (count == 1) {
      hid_t memory_type = H5Tcopy(H5T_C_S1);
      H5Tset_size(memory_type, H5T_VARIABLE);
      H5Tset_cset(memory_type, H5Tget_cset(type));
      char *text = NULL;
      if (H5Aread(attribute, memory_type, &text) >= 0 && text != NULL) H5free_memory(text);
      H5Tclose(memory_type);
    }
  } else if (H5Tget_class(type) == H5T_STRING || basin_h5_is_number(type)) {
    if (count > 0 && count <= basin_h5_element_limit && size > 0 &&
        size <= basin_h5_element_limit / (size_t)count) {
      void *buffer = calloc((size_t)count, size);
      if (buffer != NULL) H5Aread(attribute, type, buffer);
      free(buffer);
    }
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  return 0;
}

static inline void basin_h5_try_dataset(hid_t dataset) {
  hid_t type = H5Dget_type(dataset);
  hid_t space = H5Dget_space(dataset);
  hid_t creation = H5Dget_create_plist(dataset);
  // What claims more than it can hold is refused by the reader, which does not read it.
  const double claimed =
      (double)H5Sget_simple_extent_npoints(space) * (double)H5Tget_size(type);
  const double allowed = 1032.0 * (double)H5Dget_storage_size(dataset) + (64 << 20);
  double chunk = (double)H5Tget_size(type);
  if (H5Pget_layout(creation) == H5D_CHUNKED) {
    hsize_t extents[32] = {0};
    int rank = H5Pget_chunk(creation, 32, extents);
    for (int axis = 0; axis < rank && axis < 32; ++axis) chunk *= (double)extents[axis];
  }
  if (basin_h5_is_number(type) && claimed > 0 && claimed <= allowed && chunk <= allowed &&
      H5Pget_layout(creation) != H5D_VIRTUAL && H5Pget_external_count(creation) == 0) {
    void *buffer = malloc((size_t)claimed);
    if (buffer != NULL) H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
    free(buffer);
  }
  H5Pclose(creation);
  H5Sclose(space);
  H5Tclose(type);
}

static inline herr_t basin_h5_try_link(const char *name, int is_hard, void *context);

static inline void basin_h5_try_object(hid_t object, basin_h5_walk walk) {
  hsize_t start = 0;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &start, basin_h5_try_attribute, NULL);
  if (H5Iget_type(object) == H5I_DATASET) {
    basin_h5_try_dataset(object);
  } else if (H5Iget_type(object) == H5I_GROUP && walk.depth < basin_h5_depth_limit) {
    uint64_t address = 0;
    if (basin_h5_address(object, &address) < 0) return;
    for (size_t i = 0; i < *walk.seen_count; ++i)
      if (walk.seen[i] == address) return;
    if (*walk.seen_count == walk.seen_room) return;
    walk.seen[(*walk.seen_count)++] = address;
    walk.group = object;
    walk.depth += 1;
    for (int by_creation = 0; by_creation < 2; ++by_creation)
      if (basin_h5_visit_links(object, by_creation, basin_h5_try_link, &walk) >= 0) break;
  }
}

static inline herr_t basin_h5_try_link(const char *name, int is_hard, void *context) {
  const basin_h5_walk *walk = (const basin_h5_walk *)context;
  if (!is_hard) return 0;
  hid_t object = H5Oopen(walk->group, name, H5P_DEFAULT);
  if (object >= 0) {
    basin_h5_try_object(object, *walk);
    H5Oclose(object);
  }
  return 0;
}

static inline void basin_h5_read_through(const char *path) {
  enum { group_limit = 1 << 16 };
  size_t seen_count = 0;
  uint64_t *seen = (uint64_t *)malloc(group_limit * sizeof *seen);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  basin_h5_ignore_missing_locks(access);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (file < 0 || seen == NULL) return;
  basin_h5_walk walk = {file, 0, seen, &seen_count, group_limit};
  hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
  if (root >= 0) {
    basin_h5_try_object(root, walk);
    H5Gclose(root);
  }
  H5Fclose(file);
}

static inline herr_t basin_h5_note_no_space(unsigned n, const H5E_error2_t *error, void *flag) {
  (void)n;
  if (error->maj_num == H5E_RESOURCE || error->min_num == H5E_NOSPACE ||
      error->min_num == H5E_CANTALLOC)
    *(int *)flag = 1;
  return 0;
}
/// Called by the library at each error: notes whether it was for want of memory.
static inline herr_t basin_h5_note_error(hid_t stack, void *flag) {
  return H5Ewalk2(stack, H5E_WALK_UPWARD, basin_h5_note_no_space, flag);
}

/// The size of this process's address space in bytes; 0 where it cannot be known.
static inline rlim_t basin_h5_address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file == NULL) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/// Whether the library reads the file through without crashing or wanting absurd memory: 1 yes,
/// 0 no, -1 not known.
///
/// It is given `seconds` and memory for `byte_limit` more bytes. The caller holds the library's
/// lock, so that no other thread is inside the library when the process is doubled.
static inline int basin_h5_survives(const char *path, unsigned seconds, size_t byte_limit) {
  const rlim_t space = basin_h5_address_space();
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
    sigset_t none;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (space > 0) {
      const struct rlimit limit = {space + byte_limit, space + byte_limit};
      setrlimit(RLIMIT_AS, &limit);
    }
    // The C library writes its own last words when it finds its heap corrupted.
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
    }
    alarm(seconds);
    int lacked_memory = 0;
    H5Eset_auto2(H5E_DEFAULT, basin_h5_note_error, &lacked_memory);
    basin_h5_read_through(path);
    _exit(lacked_memory);
  }
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  if (ended != child) return -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
