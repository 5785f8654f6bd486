import Foundation

/// Numbers as people read them: four significant digits, digits in groups, shares in percent.
enum NumberText {
  /// How many significant digits stand on a screen; files and JSON get all digits.
  static let screenDigits = 4

  /// Percent and points have at most this many decimals: one sample of 10 000 is 0.01%.
  static let percentDecimals = 2

  /// A whole number with its digits in groups of three from 10 000 on: `60 000`.
  static func grouped(_ value: Int) -> String {
    value.magnitude < 10_000 ? String(value) : grouping(digits: String(value))
  }

  /// Four significant digits, trailing zeros dropped: `0.041`, `12.5`, `2.1e-3`, `407 050`.
  static func real(_ value: Double, digits: Int = screenDigits) -> String {
    guard value.isFinite else { return special(value) }
    guard value != 0 else { return "0" }
    let exponent = decimalExponent(of: value, digits: digits)
    if exponent < -3 || exponent > 8 { return scientific(value, digits: digits) }
    let decimals = max(0, digits - 1 - exponent)
    return grouping(number: withoutTrailingZeros(fixed(value, decimals: decimals)))
  }

  /// `decimals` digits after the point, the digits before it in groups.
  static func decimal(_ value: Double, decimals: Int) -> String {
    value.isFinite ? grouping(number: fixed(value, decimals: decimals)) : special(value)
  }

  /// A share of one in percent: `88.9%` for 0.889.
  static func percent(_ share: Double) -> String { hundredths(share) + (share.isFinite ? "%" : "") }

  /// A difference of shares in points: `6.2 points` for 0.062.
  static func points(_ share: Double) -> String { hundredths(share) + " points" }

  /// A length of time: `0.05 ms`, `12 ms`, `34.1 s`, `2 min 14 s`, `1 h 05 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return special(seconds) }
    if seconds < 0 { return "-" + duration(-seconds) }
    switch seconds {
    case 0: return "0 s"
    case ..<0.000_01: return real(seconds * 1e6, digits: 2) + " µs"
    case ..<0.0995: return real(seconds * 1e3, digits: 2) + " ms"
    case ..<99.95: return fixed(seconds, decimals: 1) + " s"
    case ..<3599.5:
      let whole = Int(seconds.rounded())
      return "\(whole / 60) min \(twoDigits(whole % 60)) s"
    default:
      let minutes = seconds / 60
      guard minutes < 1e15 else { return real(seconds) + " s" }
      let whole = Int(minutes.rounded())
      return "\(grouped(whole / 60)) h \(twoDigits(whole % 60)) min"
    }
  }

  /// A time as on a clock: `0:21`, `1:02:03`.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-:--" }
    let whole = Int(seconds)
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? "\(hours):\(twoDigits(minutes)):\(twoDigits(whole % 60))"
      : "\(minutes):\(twoDigits(whole % 60))"
  }

  /// An amount of memory, a kilobyte being 1 000 bytes: `512 bytes`, `1.6 MB`.
  static func bytes(_ count: Double) -> String {
    guard count.isFinite else { return special(count) }
    if count.magnitude < 1_000 { return "\(Int(count)) bytes" }
    let unit = ByteUnit.best(for: count)
    return real(count / unit.size, digits: 3) + " " + unit.rawValue
  }

  /// A count in few characters: `512`, `31.0k`, `1.2M`.
  static func short(_ count: Int) -> String {
    let magnitude = Double(count.magnitude)
    switch magnitude {
    case ..<10_000: return String(count)
    case ..<999_950: return fixed(Double(count) / 1e3, decimals: magnitude < 99_950 ? 1 : 0) + "k"
    default: return fixed(Double(count) / 1e6, decimals: magnitude < 99_950_000 ? 1 : 0) + "M"
    }
  }

  /// All digits: the shortest text that reads back as the same number.
  static func exact(_ value: Double) -> String {
    guard value.isFinite else { return special(value) }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Units of memory.
  enum ByteUnit: String {
    case kilobytes = "KB"
    case megabytes = "MB"
    case gigabytes = "GB"

    /// Bytes in one.
    var size: Double {
      switch self {
      case .kilobytes: 1e3
      case .megabytes: 1e6
      case .gigabytes: 1e9
      }
    }

    /// The unit in which `count` bytes has one to three digits before the point.
    static func best(for count: Double) -> ByteUnit {
      count.magnitude < 999_500
        ? .kilobytes : count.magnitude < 999_500_000 ? .megabytes : .gigabytes
    }
  }
}

// MARK: - Digits

extension NumberText {
  /// The power of ten of the first digit, after rounding to `digits` digits.
  static func decimalExponent(of value: Double, digits: Int = screenDigits) -> Int {
    let text = String(format: "%.*e", digits - 1, value)
    guard let mark = text.lastIndex(of: "e") else { return 0 }
    return Int(text[text.index(after: mark)...]) ?? 0
  }

  /// `decimals` digits after the point; zero has no sign.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.*f", decimals, value)
    let isZero = text.allSatisfy { $0 == "-" || $0 == "0" || $0 == "." }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  /// One digit before the point and a power of ten: `2.1e-3`.
  static func scientific(_ value: Double, digits: Int = screenDigits) -> String {
    guard value.isFinite else { return special(value) }
    let text = String(format: "%.*e", digits - 1, value)
    guard let mark = text.lastIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...])
    else { return text }
    return withoutTrailingZeros(String(text[..<mark])) + "e\(exponent)"
  }

  private static func hundredths(_ share: Double) -> String {
    guard share.isFinite else { return special(share) }
    let value = share * 100
    guard value != 0 else { return "0" }
    if value.magnitude < 0.005 { return real(value, digits: 2) }
    return grouping(number: withoutTrailingZeros(fixed(value, decimals: percentDecimals)))
  }

  private static func special(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// Groups the digits before the point, if there are five or more.
  private static func grouping(number text: String) -> String {
    let whole = text.prefix { $0 != "." }
    guard whole.filter(\.isNumber).count > 4 else { return text }
    return grouping(digits: String(whole)) + text.dropFirst(whole.count)
  }

  private static func grouping(digits text: String) -> String {
    let sign = text.hasPrefix("-") ? "-" : ""
    let digits = Array(text.dropFirst(sign.count))
    var grouped = sign
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { grouped += " " }
      grouped.append(digit)
    }
    return grouped
  }
}
