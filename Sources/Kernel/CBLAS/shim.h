// OpenBLAS: the products we call, the LAPACK factorizations inside it (Fortran symbols, since
// Debian's build exports no LAPACKE), and the two unlisted functions that choose its core anew.
#pragma once
#include <cblas.h>

extern void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *piv, int *rank,
                    const double *tol, double *work, int *info);
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
extern void dtrsm_(const char *side, const char *uplo, const char *transa, const char *diag,
                   const int *m, const int *n, const double *alpha, const double *a,
                   const int *lda, double *b, const int *ldb);

// Exported by builds with DYNAMIC_ARCH, in no header: absent in others, hence weak.
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

/// Whether OpenBLAS can choose its core anew in this process.
static inline int basin_blas_can_choose_core(void) {
  return gotoblas_dynamic_init != 0 && gotoblas_dynamic_quit != 0;
}
/// Lets OpenBLAS read OPENBLAS_CORETYPE again. Only while no product is running.
static inline void basin_blas_choose_core(void) {
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
}
