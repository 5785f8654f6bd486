#ifndef BASIN_DISK_H
#define BASIN_DISK_H

// Waits until a part of a file is on the disk; -1 where the file system cannot do that.
//
// Linux's own call, which Swift's view of the C library leaves out. What it writes is safe only
// after fsync, which then has little left to do.
int basin_wait_for_disk(int descriptor, long start, long count);

#endif
