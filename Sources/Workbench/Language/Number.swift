/// A number as typed, with its unit.
///
/// `0.5%` is the same bits as `0.005`, and `50k` as `50000`: decimal units move the point of the
/// typed digits instead of multiplying a rounded value.
struct Number: Hashable, Sendable {
  /// What a unit measures.
  enum Quantity: Hashable, Sendable {
    /// A plain number, or thousands or millions of them.
    case plain
    /// A share of one: `%`.
    case share
    /// Seconds.
    case time
    /// Bytes.
    case memory
  }

  /// The units that can follow a number without a blank.
  enum Unit: String, Hashable, Sendable, CaseIterable {
    case percent = "%"
    case thousand = "k"
    case million = "M"
    case milliseconds = "ms"
    case seconds = "s"
    case minutes = "min"
    case hours = "h"
    case kilobytes = "KB"
    case megabytes = "MB"
    case gigabytes = "GB"

    /// What it measures.
    var quantity: Quantity {
      switch self {
      case .percent: .share
      case .thousand, .million: .plain
      case .milliseconds, .seconds, .minutes, .hours: .time
      case .kilobytes, .megabytes, .gigabytes: .memory
      }
    }

    /// The power of ten in the factor; kilobytes are 1 000 bytes, as k is 1 000.
    var decimalExponent: Int {
      switch self {
      case .percent: -2
      case .milliseconds: -3
      case .seconds, .minutes, .hours: 0
      case .thousand, .kilobytes: 3
      case .million, .megabytes: 6
      case .gigabytes: 9
      }
    }

    /// What is left of the factor: minutes and hours in seconds.
    var multiplier: Int {
      switch self {
      case .minutes: 60
      case .hours: 3600
      default: 1
      }
    }
  }

  /// The digits as typed, without the unit: `0.5`, `50`, `2e-3`.
  let digits: String
  let unit: Unit?
  /// The number meant: a share of one for `%`, seconds for times, bytes for sizes.
  let value: Double
  /// The number meant where it is whole and no share, exact even past 2^53.
  let whole: Int?

  /// Nothing where `digits` are none, or stand for more than a double can hold.
  init?(digits: String, unit: Unit? = nil) {
    guard let scaled = Self.decimal(digits, exponent: unit?.decimalExponent ?? 0),
      case let value = scaled * Double(unit?.multiplier ?? 1), value.isFinite
    else { return nil }
    self.digits = digits
    self.unit = unit
    self.value = value
    whole = unit == .percent ? nil : Self.whole(digits, unit: unit, value: value)
  }

  /// A length of time: `1500ms`.
  init(milliseconds: Int) {
    digits = String(milliseconds)
    unit = .milliseconds
    value = Double(milliseconds) / 1000
    whole = Self.whole(digits, unit: .milliseconds, value: value)
  }

  /// What the number measures.
  var quantity: Quantity { unit?.quantity ?? .plain }

  /// The text that stands for the number.
  var text: String { digits + (unit?.rawValue ?? "") }

  /// `digits` times a power of ten, rounded once.
  private static func decimal(_ digits: String, exponent: Int) -> Double? {
    // `Double` would also read hexadecimal, signs and "inf".
    guard let first = digits.utf8.first, (0x30...0x39).contains(first),
      digits.utf8.allSatisfy({ "0123456789.e+-".utf8.contains($0) })
    else { return nil }
    guard exponent != 0 else { return Double(digits) }
    guard let mark = digits.utf8.firstIndex(of: UInt8(ascii: "e")) else {
      return Double("\(digits)e\(exponent)")
    }
    guard let typed = Int(digits[digits.index(after: mark)...]) else { return Double(digits) }
    let (sum, overflow) = typed.addingReportingOverflow(exponent)
    return overflow ? Double(digits) : Double("\(digits[..<mark])e\(sum)")
  }

  private static func whole(_ digits: String, unit: Unit?, value: Double) -> Int? {
    if let typed = Int(digits), let unit, unit.decimalExponent >= 0 {
      var factor = unit.multiplier
      for _ in 0..<unit.decimalExponent { factor *= 10 }
      let (product, overflow) = typed.multipliedReportingOverflow(by: factor)
      return overflow ? nil : product
    }
    if unit == nil, let typed = Int(digits) { return typed }
    // 2^53: above it a double no longer tells neighbouring integers apart.
    return abs(value) <= 0x1p53 ? Int(exactly: value) : nil
  }
}
