// The few loops worth compiling once per vector level. Every function keeps a fixed number of
// lanes and no contraction, so that its result does not depend on the level chosen at load.
#pragma once

/// Tells the processor that this is a spin loop.
static inline void basin_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
