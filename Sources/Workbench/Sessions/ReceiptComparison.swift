import Kernel

/// How a value of a replay compares with its receipt.
struct ReceiptComparison: Hashable, Sendable {
  enum Verdict: String, Hashable, Sendable {
    case same
    /// Within the tolerance of the receipt or, on another numeric level, of the metric.
    case close
    /// Not compared further: the value depends on when time was up.
    case shape
    case different
  }

  var verdict: Verdict
  /// What differs, for people.
  var detail = ""

  /// - Parameter isSameLevel: Whether this processor computes the same bits as the recording one.
  init(_ receipt: Receipt, _ value: Value, isSameLevel: Bool) {
    let content = value.content
    if content.receiptHash.hex.hasPrefix(receipt.hash) {
      self.init(.same)
      return
    }
    switch receipt.tolerance {
    case .shape: self.init(.shape, "stopped by the clock then: not compared")
    case .close(let distance):
      self.init(numbers: receipt, content) { Self.isNear($0, $1, distance) ? nil : distance }
    case .exact where isSameLevel:
      self.init(numbers: receipt, content) { $0 == $1 ? nil : 0 }
      if verdict != .different { self.init(.different, "not the same bits") }
    case .exact:
      guard !receipt.numbers.isEmpty else {
        self.init(.shape, "another numeric level: bits differ")
        return
      }
      self.init(numbers: receipt, content) {
        Self.isNear($0, $1, Self.levelTolerance) ? nil : Self.levelTolerance
      }
    }
  }

  private init(_ verdict: Verdict, _ detail: String = "") {
    self.verdict = verdict
    self.detail = detail
  }

  /// 0.02: training on another level ends in another network, whose errors differ by a fraction of
  /// a point and whose losses by a percent or two.
  private static let levelTolerance = 0.02

  private static func isNear(_ a: Double, _ b: Double, _ distance: Double) -> Bool {
    a == b || abs(a - b) <= distance * max(1, abs(a), abs(b)) || a.isNaN && b.isNaN
  }

  // MARK: - Numbers

  /// Compares cell by cell.
  ///
  /// - Parameter fault: The distance allowed, where two numbers are farther apart.
  private init(
    numbers receipt: Receipt, _ content: Content, fault: (Double, Double) -> Double?
  ) {
    let now = content.receiptNumbers
    let then = receipt.numbers
    guard !then.isEmpty else {
      let summary = content.receiptSummary
      self.init(
        .different,
        summary == receipt.summary
          ? "another \(content.kind.rawValue) that looks alike"
          : "\(receipt.summary) -> \(summary)")
      return
    }
    guard now.first == then.first, now.count == then.count else {
      let (a, b) = (Self.size(then), Self.size(now))
      let header = now.first == then.first ? "" : "; other columns"
      self.init(.different, "table \(a) -> \(b)\(header)")
      return
    }
    var largest = 0.0
    for (row, (before, after)) in zip(then, now).enumerated().dropFirst() {
      for (column, (old, new)) in zip(before, after).enumerated() where old != new {
        let name = then[0].indices.contains(column) ? then[0][column] : "\(column + 1)"
        let place = then.count > 2 ? "row \(row), column \(name)" : name
        guard let a = Double(old), let b = Double(new) else {
          self.init(.different, "\(place): \(old) -> \(new)")
          return
        }
        if let allowed = fault(a, b) {
          let limit = allowed > 0 ? ", allowed \(Content.significant(allowed))" : ""
          self.init(.different, "\(place): \(old) -> \(new)\(limit)")
          return
        }
        largest = max(largest, abs(a - b))
      }
    }
    self.init(.close, "max |difference| \(Content.significant(largest))")
  }

  private static func size(_ rows: [[String]]) -> String {
    "\(max(rows.count - 1, 0))x\(rows.first?.count ?? 0)"
  }
}
