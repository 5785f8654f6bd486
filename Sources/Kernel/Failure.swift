/// What went wrong, as a fact with a sentence that a person can act on.
///
/// Every error that reaches a user is a `Failure`. The kernel knows what failed and what was
/// expected; the workbench adds the place in the script. A failure never names a Swift type.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which kind of failure, with a page of its own (`help E0401`).
  public var code: FailureCode
  /// One sentence: what is wrong, in the user's words, with the value seen.
  public var message: String
  /// At most two lines on what was expected or what to do next.
  public var notes: [String]

  public init(_ code: FailureCode, _ message: String, notes: [String] = []) {
    self.code = code
    self.message = message
    self.notes = notes
  }

  public var description: String {
    (["error[\(code)]: \(message)"] + notes.map { "  = \($0)" }).joined(separator: "\n")
  }
}

/// The number of a kind of failure, shown as `E0401`.
///
/// The hundreds say the class: 01 syntax, 02 names, 03 arguments, 04 files and data,
/// 05 computing, 06 expectations, 07 limits, 08 plugins, 09 our own fault.
public struct FailureCode: RawRepresentable, Hashable, Sendable, Comparable,
  CustomStringConvertible
{
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public var description: String {
    let digits = String(rawValue)
    return "E" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The class of the failure: the code's hundreds.
  public var failureClass: Int { rawValue / 100 }

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

// MARK: - What the kernel can find wrong

extension FailureCode {
  /// A file or folder is not there or cannot be read.
  public static let fileNotFound = FailureCode(rawValue: 401)
  /// A file is not of the format it should be, or is damaged or cut short.
  public static let fileMalformed = FailureCode(rawValue: 402)
  /// Shapes, counts or architectures do not fit together.
  public static let shapeMismatch = FailureCode(rawValue: 403)
  /// A file could not be written; the old one, if any, is whole.
  public static let writeFailed = FailureCode(rawValue: 404)
  /// Data hold what they must not: labels out of range, NaN, nothing at all.
  public static let badData = FailureCode(rawValue: 405)
  /// A file's content differs from the hash it was pinned to.
  public static let hashDiffers = FailureCode(rawValue: 406)
  /// The format is known but this part of it is not read or written here.
  public static let unsupportedFormat = FailureCode(rawValue: 407)
  /// A number that should be finite is not.
  public static let notFinite = FailureCode(rawValue: 501)
  /// More memory would be needed than may be taken.
  public static let outOfMemory = FailureCode(rawValue: 502)
  /// Networks, permutations or parameters that cannot be used together.
  public static let incompatible = FailureCode(rawValue: 503)
  /// A permuted network does not compute the same function: a bug, found by the gate.
  public static let functionNotPreserved = FailureCode(rawValue: 504)
  /// Work was stopped before there was anything to keep.
  public static let stopped = FailureCode(rawValue: 702)
}
