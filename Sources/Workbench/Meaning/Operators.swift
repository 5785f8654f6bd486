import Contract
import Foundation
import Kernel

// Arithmetic and comparisons, with what numbers measure. The same code computes when a script
// runs and, for what is written out, when it is checked.
extension Operator {
  /// The value of `left OPERATOR right`; `and` and `or` are not computed here.
  func applied(_ left: Content, _ right: Content) throws(Failure) -> Content {
    switch self {
    case .plus, .minus, .times, .over, .power: return try arithmetic(left, right)
    case .near: return .yesNo(try isNear(left, right, within: nil))
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .yesNo(try compared(left, right))
    case .and, .or: preconditionFailure("`\(rawValue)` needs only one of its sides")
    }
  }

  /// Whether two numbers are within a tolerance of each other; without one, within a millionth of
  /// the larger.
  func isNear(
    _ left: Content, _ right: Content, within tolerance: Double?
  ) throws(Failure) -> Bool {
    guard let a = left.number, let b = right.number else { throw mismatch(left, right) }
    if a == b { return true }
    // 1e-6 relative: what receipts call close.
    return abs(a - b) <= tolerance ?? 1e-6 * max(abs(a), abs(b))
  }

  private func compared(_ left: Content, _ right: Content) throws(Failure) -> Bool {
    if case .integer(let a) = left, case .integer(let b) = right { return holds(a, b) }
    if let a = left.number, let b = right.number {
      guard Self.areComparable(left, right) else { throw mismatch(left, right) }
      return holds(a, b)
    }
    if let a = left.word, let b = right.word { return holds(a, b) }
    guard self == .equal || self == .unequal, left.kind == right.kind else {
      throw mismatch(left, right)
    }
    let areEqual = left.computeContentHash() == right.computeContentHash()
    return areEqual == (self == .equal)
  }

  private func holds<Side: Comparable>(_ a: Side, _ b: Side) -> Bool {
    switch self {
    case .equal: a == b
    case .unequal: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    default: false
    }
  }

  /// A time is compared with times and bare seconds only.
  private static func areComparable(_ left: Content, _ right: Content) -> Bool {
    switch (left, right) {
    case (.time, .real(_, let measure)), (.real(_, let measure), .time): measure == .plain
    default: true
    }
  }

  private func mismatch(_ left: Content, _ right: Content) -> Failure {
    Failure(
      .wrongKind,
      "`\(rawValue)` does not go with \(left.described) and \(right.described)")
  }

  // MARK: - Arithmetic

  private func arithmetic(_ left: Content, _ right: Content) throws(Failure) -> Content {
    if self == .plus, let a = left.word, let b = right.word { return .text(a + b) }
    if case .integer(let a) = left, case .integer(let b) = right {
      return try whole(a, b)
    }
    guard let a = left.number, let b = right.number,
      let result = measured(left.measured, right.measured)
    else { throw mismatch(left, right) }
    let value = try real(a, b)
    return switch result {
    case .time: .time(value)
    case .of(let measure): .real(value, measure)
    }
  }

  private func whole(_ a: Int, _ b: Int) throws(Failure) -> Content {
    let result: (partialValue: Int, overflow: Bool)
    switch self {
    case .plus: result = a.addingReportingOverflow(b)
    case .minus: result = a.subtractingReportingOverflow(b)
    case .times: result = a.multipliedReportingOverflow(by: b)
    case .power where b >= 0:
      let power = pow(Double(a), Double(b))
      // 2^53: above it a double is no longer exact.
      return abs(power) <= 0x1p53 ? .integer(Int(power)) : .real(power)
    default: return .real(try real(Double(a), Double(b)))
    }
    return result.overflow
      ? .real(try real(Double(a), Double(b))) : .integer(result.partialValue)
  }

  private func real(_ a: Double, _ b: Double) throws(Failure) -> Double {
    switch self {
    case .plus: return a + b
    case .minus: return a - b
    case .times: return a * b
    case .over:
      guard b != 0 else { throw Failure(.notFinite, "division by zero") }
      return a / b
    case .power: return pow(a, b)
    default: preconditionFailure("`\(rawValue)` is no arithmetic")
    }
  }

  /// What the result measures; `nil` where the two do not go together.
  private func measured(_ a: Measured, _ b: Measured) -> Measured? {
    let plain = Measured.of(.plain)
    switch self {
    case .times: return a == plain ? b : b == plain ? a : a.isShare && b.isShare ? a : nil
    case .over: return b == plain ? a : a == b || a.isShare && b.isShare ? plain : nil
    case .power: return b == plain ? (a == plain ? plain : a.isShare ? plain : nil) : nil
    case .plus, .minus:
      if a == b { return self == .minus && a == .of(.share) ? .of(.points) : a }
      if a.isShare, b.isShare { return .of(.share) }
      // A bare number beside a time is seconds, beside a share a share.
      return a == plain ? b : b == plain ? a : nil
    default: return nil
    }
  }

  fileprivate enum Measured: Equatable {
    case time
    case of(Content.Measure)

    var isShare: Bool { self == .of(.share) || self == .of(.points) }
  }
}

extension Content {
  fileprivate var measured: Operator.Measured {
    switch self {
    case .time: .time
    case .real(_, let measure): .of(measure)
    default: .of(.plain)
    }
  }

  /// The value with the other sign.
  func negative() throws(Failure) -> Content {
    switch self {
    case .integer(let value) where value != .min: return .integer(-value)
    case .real(let value, let measure): return .real(-value, measure)
    case .time(let value): return .time(-value)
    default: throw Failure(.wrongKind, "`-` does not go with \(described)")
    }
  }

  /// The truth of a condition.
  func truth(of sign: String) throws(Failure) -> Bool {
    guard case .yesNo(let value) = self else {
      throw Failure(.wrongKind, "`\(sign)` needs yes or no; got \(described)")
    }
    return value
  }

  /// The range between two numbers.
  static func range(from lower: Content, to upper: Content) throws(Failure) -> Content {
    guard let a = lower.number, let b = upper.number else {
      let wrong = lower.number == nil ? lower : upper
      throw Failure(.wrongKind, "a range `a..b` has numbers for ends; got \(wrong.described)")
    }
    var isWhole = false
    if case .integer = lower, case .integer = upper { isWhole = true }
    var measure = Measure.plain
    if case .real(_, let its) = upper { measure = its }
    return .range(Bounds(lower: a, upper: b, isWhole: isWhole, measure: measure))
  }

  /// The value at a place from 1, or from the end where negative.
  func element(at index: Content) throws(Failure) -> Content {
    guard case .integer(let place) = index else {
      throw Failure(.wrongKind, "an index is an int from 1; got \(index.described)")
    }
    let count: Int
    switch self {
    case .list(let values): count = values.count
    case .networks(let networks): count = networks.count
    case .permutations(let permutations, _): count = permutations.count
    case .table(let table): count = table.rows.count
    case .range(let bounds): count = bounds.integers?.count ?? 0
    default: throw Failure(.wrongKind, "\(kind.article) cannot be indexed")
    }
    guard place != 0, abs(place) <= count else {
      let end = count == 0 ? "there is nothing in it" : "it has 1..\(count)"
      throw Failure(.outOfRange, "there is no number \(place) here; \(end)")
    }
    let offset = place > 0 ? place - 1 : count + place
    return try element(offset: offset)
  }

  private func element(offset: Int) throws(Failure) -> Content {
    switch self {
    case .list(let values): return values[offset].content
    case .networks(let networks): return .network(networks[offset])
    case .permutations(let permutations, let layers):
      return .permutations([permutations[offset]], layers: layers)
    case .range(let bounds): return .integer((bounds.integers?.lowerBound ?? 0) + offset)
    case .table(var table):
      table.rows = [table.rows[offset]]
      return .table(table)
    default: throw Failure(.wrongKind, "\(kind.article) cannot be indexed")
    }
  }
}
