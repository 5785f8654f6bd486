// exp in sixteen lanes: 2^n times a polynomial, as in Cephes (Moshier 1989).
#pragma once
#include "lanes.h"

/// exp of sixteen numbers that are at most 0; below -87 the result is 0.
BASIN_INLINE lanes_t exp_lanes(lanes_t x) {
#pragma STDC FP_CONTRACT OFF
  mask_t tiny = x < -87.0f;
  // Adding and subtracting 1.5 · 2^23 rounds to the nearest whole number.
  const float shift = 12582912.0f;
  lanes_t n = (x * 1.44269504088896341f + shift) - shift;
  lanes_t r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  lanes_t p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  mask_t exponent = (__builtin_convertvector(n, mask_t) + 127) << 23;
  lanes_t power;
  memcpy(&power, &exponent, sizeof power);
  p = p * power;
  mask_t bits;
  memcpy(&bits, &p, sizeof bits);
  bits &= ~tiny;
  memcpy(&p, &bits, sizeof p);
  return p;
}
