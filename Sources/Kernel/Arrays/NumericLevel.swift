internal import CBLAS
internal import CVector
import Foundation

/// Which machine code computes: part of every number's provenance.
///
/// Within a level the same script gives the same bits; across levels OpenBLAS adds in another
/// order and numbers agree to rounding.
public struct NumericLevel: Hashable, Sendable, CustomStringConvertible {
  /// OpenBLAS's core, such as `SkylakeX`.
  public var blasCore: String
  /// 4 for AVX-512, 3 for AVX2, 1 for less; our own loops give the same bits at each.
  public var vectorLevel: Int

  public var description: String { "\(blasCore) v\(vectorLevel)" }

  /// The level in use.
  ///
  /// The first call prepares OpenBLAS; call it before any product.
  public static let current: NumericLevel = prepare()

  /// OpenBLAS's version and build, as it says itself.
  public static var blasDescription: String {
    _ = current
    return String(cString: openblas_get_config())
  }

  /// Prepares OpenBLAS: one thread, and kernels that fit the processor.
  ///
  /// Debian 12's build knows no processor newer than Ice Lake and falls back to its SSE3 kernels on
  /// those, a fifth of the speed, without a word. Unless the user chose a core, an old one is
  /// replaced by the newest that the processor can run; this has to happen before the first product.
  private static func prepare() -> NumericLevel {
    let old: Set = [
      "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Sandybridge",
      "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Bulldozer", "Piledriver", "Nano",
      "Generic",
      "Katmai", "Coppermine", "Northwood", "Banias", "Athlon", "Steamroller",
    ]
    let environment = ProcessInfo.processInfo.environment
    if environment["OPENBLAS_CORETYPE"] == nil, basin_blas_can_choose_core() != 0,
      old.contains(String(cString: openblas_get_corename()))
    {
      switch basin_blas_level() {
      case 2: setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
      case 1: setenv("OPENBLAS_CORETYPE", "Haswell", 1)
      default: break
      }
      basin_blas_choose_core()
    }
    openblas_set_num_threads(1)
    return NumericLevel(
      blasCore: String(cString: openblas_get_corename()), vectorLevel: Int(basin_vector_level()))
  }
}
