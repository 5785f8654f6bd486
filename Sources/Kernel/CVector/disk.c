#define _GNU_SOURCE
#include "disk.h"

#include <fcntl.h>

int basin_wait_for_disk(int descriptor, long start, long count) {
#ifdef SYNC_FILE_RANGE_WRITE
  return sync_file_range(
      descriptor, start, count,
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
#else
  return -1;
#endif
}
