// zlib: inflating gzip and raw deflate streams, and CRC-32.
#pragma once
#include <zlib.h>

/// `inflateInit2` is a macro, which Swift does not see.
static inline int basin_inflate_init(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}
