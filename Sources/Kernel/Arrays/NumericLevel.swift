internal import CBLAS
internal import CVector
import Foundation
import Synchronization

/// Which machine code computes: part of every number's provenance.
///
/// Within a level the same script gives the same bits; across levels OpenBLAS and oneDNN add in
/// another order and numbers agree to rounding.
public struct NumericLevel: Hashable, Sendable, CustomStringConvertible {
  /// OpenBLAS's core, such as `SkylakeX`.
  public var blasCore: String
  /// 4 for AVX-512, 3 for AVX2, 1 for less; our own loops give the same bits at each.
  public var vectorLevel: Int
  /// How convolutions are computed.
  public var convolution: ConvolutionLevel

  public var description: String { "\(blasCore) v\(vectorLevel) \(convolution)" }

  public init(blasCore: String, vectorLevel: Int, convolution: ConvolutionLevel) {
    self.blasCore = blasCore
    self.vectorLevel = vectorLevel
    self.convolution = convolution
  }

  /// The level of a description such as `SkylakeX v4 direct-v4`; `nil` for any other text.
  ///
  /// Without the last word convolutions are matrix products, as all were when levels had two words.
  public init?(_ description: String) {
    let words = description.split(separator: " ")
    guard 2...3 ~= words.count, words[1].first == "v", let level = Int(words[1].dropFirst()),
      let convolution = words.count == 2 ? .im2col : ConvolutionLevel(String(words[2]))
    else { return nil }
    self.init(blasCore: String(words[0]), vectorLevel: level, convolution: convolution)
  }

  /// Whether the same script gives the same bits on both.
  public func hasSameBits(as other: NumericLevel) -> Bool {
    kernels == other.kernels && convolution == other.convolution
  }

  /// The core whose kernels compute: Cooperlake's are SkylakeX's but for products of half floats.
  public var kernels: String { blasCore == "Cooperlake" ? "SkylakeX" : blasCore }

  /// The level in use.
  ///
  /// The first call prepares OpenBLAS; call it before any product.
  public static var current: NumericLevel {
    let first = prepared
    guard isChanged.load(ordering: .acquiring) else { return first }
    return changed.withLock { $0 } ?? first
  }

  private static let prepared = prepare()
  /// The level taken instead of the prepared one.
  private static let changed = Mutex<NumericLevel?>(nil)
  private static let isChanged = Atomic<Bool>(false)

  /// OpenBLAS's version and build, as it says itself.
  public static var blasDescription: String {
    _ = current
    return String(cString: openblas_get_config())
  }

  // MARK: - The processor

  /// What a person may cap the level at.
  public enum Cap: String, CaseIterable, Sendable {
    /// AVX2 with FMA.
    case v3
    /// AVX-512.
    case v4

    /// As `basin_blas_level` counts.
    fileprivate var level: Int32 { self == .v3 ? 1 : 2 }
    fileprivate var core: String { self == .v3 ? "Haswell" : "SkylakeX" }
  }

  private static let cap = Mutex<Cap?>(nil)

  /// Computes with no newer kernels than those of `cap`; only before the first product.
  ///
  /// - Throws: Where the processor or this OpenBLAS cannot do it.
  public static func limit(to cap: Cap) throws(Failure) {
    guard basin_blas_can_choose_core() != 0 else {
      throw Failure(.incompatible, "this OpenBLAS has kernels for one kind of processor only")
    }
    guard basin_blas_level() >= cap.level else {
      throw Failure(
        .incompatible,
        "this processor has no \(cap == .v4 ? "AVX-512" : "AVX2 with FMA"), which \(cap) asks for")
    }
    Self.cap.withLock { $0 = cap }
  }

  /// Computes convolutions by `method`; only before the first number.
  public static func choose(_ method: ConvolutionLevel.Method) {
    Self.method.withLock { $0 = method }
  }

  private static let method = Mutex<ConvolutionLevel.Method?>(nil)

  /// The variable of the environment that names a method for convolutions.
  public static let convolutionVariable = "BASIN_CONVOLUTION"

  /// The newest instructions that may be used: 4 for AVX-512, 3 for AVX2.
  private static var highestVectorLevel: Int {
    let own = Int(basin_vector_level())
    return cap.withLock { $0 == .v3 ? min(own, 3) : own }
  }

  /// The cores of OpenBLAS by the least level that they run at, as `basin_blas_level` counts it.
  ///
  /// Any processor with AVX2 runs the older ones. Those that ask for more than AVX-512 F, BW, VL and
  /// DQ, and AMD's with instructions of their own, are left out: they are taken only where they are
  /// in use already.
  private static let leastLevels: [String: Int32] = [
    "Prescott": 1, "Core2": 1, "Penryn": 1, "Dunnington": 1, "Nehalem": 1, "Sandybridge": 1,
    "Haswell": 1, "Zen": 1, "SkylakeX": 2,
  ]

  /// Takes this level's kernels in place of those in use; no product may be running.
  ///
  /// - Returns: Whether the processor, the cap and this OpenBLAS allow it; if not, nothing changes.
  public func take() -> Bool {
    let now = Self.current
    if hasSameBits(as: now) { return true }
    guard convolution.vectorLevel <= Self.highestVectorLevel,
      kernels == now.kernels || takeCore(in: now)
    else { return false }
    Self.changed.withLock {
      $0 = NumericLevel(
        blasCore: blasCore, vectorLevel: now.vectorLevel, convolution: convolution)
    }
    Self.isChanged.store(true, ordering: .releasing)
    // What was computed with other kernels has other bits.
    InputMomentCache.shared.removeAll()
    return true
  }

  /// Takes this level's kernels of OpenBLAS in place of those of `now`; whether that is possible.
  private func takeCore(in now: NumericLevel) -> Bool {
    guard basin_blas_can_choose_core() != 0 else { return false }
    let highest = Self.cap.withLock { $0?.level } ?? basin_blas_level()
    let isPrepared = kernels == Self.prepared.kernels
    guard isPrepared || Self.leastLevels[blasCore].map({ $0 <= highest }) == true else {
      return false
    }
    guard Self.choose(core: blasCore) else {
      _ = Self.choose(core: now.blasCore)
      return false
    }
    return true
  }

  // MARK: - Preparing

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
    if let cap = cap.withLock({ $0 }) {
      _ = choose(core: cap.core)
    } else if environment["OPENBLAS_CORETYPE"] == nil, basin_blas_can_choose_core() != 0,
      old.contains(String(cString: openblas_get_corename()))
    {
      switch basin_blas_level() {
      case 2: _ = choose(core: Cap.v4.core)
      case 1: _ = choose(core: Cap.v3.core)
      default: break
      }
    }
    openblas_set_num_threads(1)
    let method =
      method.withLock { $0 }
      ?? environment[convolutionVariable].flatMap(ConvolutionLevel.Method.init) ?? .direct
    return NumericLevel(
      blasCore: String(cString: openblas_get_corename()), vectorLevel: Int(basin_vector_level()),
      convolution: ConvolutionLevel(method, vectorLevel: highestVectorLevel))
  }

  /// Lets OpenBLAS take the kernels of a core; whether it has them.
  private static func choose(core: String) -> Bool {
    setenv("OPENBLAS_CORETYPE", core, 1)
    basin_blas_choose_core()
    return String(cString: openblas_get_corename()) == core
  }
}
