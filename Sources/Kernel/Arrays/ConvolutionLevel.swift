/// How convolutions are computed, as part of the numeric level.
public struct ConvolutionLevel: Hashable, Sendable, CustomStringConvertible {
  /// Ways to compute a convolution; they agree to rounding, and not in their last bits.
  public enum Method: String, CaseIterable, Sendable {
    /// oneDNN's sums over windows.
    case direct
    /// Winograd's products for windows of 3×3 (Lavin and Gray 2016), where oneDNN has them: twice as
    /// fast, and less exact.
    case winograd
    /// Matrix products over windows laid out as columns, by OpenBLAS.
    case im2col
  }

  public let method: Method
  /// The newest instructions of oneDNN's kernels: 4 for AVX-512, 3 for AVX2; 0 where there are none.
  public let vectorLevel: Int

  /// Matrix products, whose bits depend on OpenBLAS alone.
  public static let im2col = ConvolutionLevel(.im2col, vectorLevel: 0)

  public init(_ method: Method, vectorLevel: Int) {
    self.method = method
    self.vectorLevel = method == .im2col ? 0 : vectorLevel
  }

  public var description: String {
    method == .im2col ? method.rawValue : "\(method.rawValue)-v\(vectorLevel)"
  }

  /// The level of a description such as `direct-v4`; `nil` for any other text.
  public init?(_ description: String) {
    let parts = description.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, let method = Method(rawValue: String(first)) else { return nil }
    guard method != .im2col else {
      guard parts.count == 1 else { return nil }
      self = .im2col
      return
    }
    guard parts.count == 2, parts[1].first == "v", let level = Int(parts[1].dropFirst()) else {
      return nil
    }
    self.init(method, vectorLevel: level)
  }
}
