// Reading an HDF5 file in a process of its own.
//
// Old HDF5 files have no checksums, and the library (1.10.8) believes their structure: one changed
// byte can make it crash, corrupt its memory or run forever. So a child process walks the file and
// writes what it finds as records into memory shared with us; when the library fails there, we
// have lost nothing. After a fork of a process with threads only what the C library keeps whole
// may be used (memory and streams, in glibc), so the child is C alone: handlers of signals, which
// may be Swift, are taken away before they can run in it.
#pragma once
#include "reading.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

// glibc shows these only to sources that ask for all of GNU, which Swift's importer does not.
int memfd_create(const char *name, unsigned flags);
enum { basin_h5_close_on_exec = 1, basin_h5_signal_count = 64 };

/// The size of this process's address space in bytes; 0 where it cannot be known.
static inline uint64_t basin_h5_address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file == NULL) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/// Takes away every handler of a signal; what is ignored stays so, as under `nohup`, but for the
/// signals that end the child when it crashes or passes a limit.
static inline void basin_h5_forget_handlers(void) {
  const int ending[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGALRM, SIGXCPU,
                        SIGXFSZ};
  for (int number = 1; number <= basin_h5_signal_count; ++number) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
      signal(number, SIG_DFL);
  }
  for (size_t i = 0; i < sizeof ending / sizeof *ending; ++i) signal(ending[i], SIG_DFL);
  // Ctrl-C is the parent's to answer; the child ends by itself.
  signal(SIGINT, SIG_IGN);
}

static inline _Noreturn void basin_h5_be_the_child(const char *path, const char *group,
                                                   basin_h5_child child, int records) {
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // Files that are open in the parent, and locks on them, must not outlive it here.
  if (records > 3) close_range(3, (unsigned)records - 1, 0);
  close_range((unsigned)records + 1, ~0U, 0);
  child.inherited_seconds = basin_h5_inherited(RLIMIT_CPU);
  child.inherited_space = basin_h5_inherited(RLIMIT_AS);
  basin_h5_allow(&child, 0);
  // The C library writes its own last words when it finds its heap corrupted.
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
  }
  child.out = fdopen(records, "w");
  child.seen = (uint64_t *)malloc(basin_h5_group_limit * sizeof *child.seen);
  if (child.out == NULL || child.seen == NULL) _exit(1);
  basin_h5_read_file(&child, path, group);
}

/// A process that reads, how it ended and what it left.
typedef struct {
  /// The process while it runs; 0 where there is none, or none any more.
  pid_t process;
  /// A descriptor of memory that holds its records; -1 where no process or memory can be had.
  int records;
  /// The signal that ended it, or 0.
  int signal;
  /// What it exited with, where no signal ended it; -1 where the system does not tell.
  int status;
} basin_h5_apart;

/// Begins to read the file in a child process.
///
/// The caller holds the library's lock, so that no other thread is inside the library when the
/// process is doubled. What the records say is no safer than the file was: the library may have
/// corrupted them, too, and they may stop anywhere.
static inline basin_h5_apart basin_h5_begin_apart(const char *path, const char *group,
                                                  uint64_t file_size, basin_h5_limits limits) {
  basin_h5_apart apart = {0, -1, 0, -1};
  const basin_h5_child child = {.file_size = file_size,
                                .limits = limits,
                                .space = basin_h5_address_space()};
  const int records = memfd_create("basin-hdf5", basin_h5_close_on_exec);
  if (records < 0) return apart;
  // No signal may find its handler in the child.
  sigset_t all, before, none;
  sigfillset(&all);
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t process = fork();
  if (process == 0) {
    basin_h5_forget_handlers();
    sigprocmask(SIG_SETMASK, &none, NULL);
    basin_h5_be_the_child(path, group, child, records);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (process < 0) {
    close(records);
    return apart;
  }
  apart.process = process;
  apart.records = records;
  return apart;
}

/// Whether the process has ended; notes how. With `must_wait` it has when this returns.
static inline int basin_h5_has_ended(basin_h5_apart *apart, int must_wait) {
  if (apart->process <= 0) return 1;
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(apart->process, &status, must_wait ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended == 0) return 0;
  // Where SIGCHLD is ignored the wait ends with the child and tells nothing of it.
  if (ended == apart->process && WIFSIGNALED(status)) apart->signal = WTERMSIG(status);
  if (ended == apart->process && WIFEXITED(status)) apart->status = WEXITSTATUS(status);
  apart->process = 0;
  return 1;
}

/// Ends the process and throws away what it wrote.
static inline void basin_h5_abandon(basin_h5_apart *apart) {
  if (apart->process > 0) kill(apart->process, SIGKILL);
  basin_h5_has_ended(apart, 1);
  if (apart->records >= 0) close(apart->records);
  apart->records = -1;
}
