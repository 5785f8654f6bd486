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

  /// - Parameter isSameLevel: Whether the same kernels computed both.
  init(_ receipt: Receipt, _ value: Value, isSameLevel: Bool) {
    self.init(
      receipt, Receipt(value),
      levelTolerance: isSameLevel ? nil : Self.levelTolerance(of: value))
    if case .data = value.content, verdict == .shape, receipt.tolerance == .exact {
      // Data are read or drawn without any product: no level changes their bits.
      self.init(.different, "another data set")
    }
  }

  /// - Parameter levelTolerance: How near numbers have to be that other kernels computed; `nil` for
  ///   the same kernels.
  init(_ receipt: Receipt, _ now: Receipt, levelTolerance: Double?) {
    if now.hash.hasPrefix(receipt.hash) {
      self.init(.same)
      return
    }
    switch (receipt.tolerance, levelTolerance) {
    case (.shape, _): self.init(.shape, "stopped by the clock then: not compared")
    case (.close(let distance), _): self.init(receipt, now, within: distance)
    case (.exact, nil):
      self.init(receipt, now, within: 0)
      if verdict != .different { self.init(.different, "not the same bits") }
    case (.exact, let distance?):
      guard !receipt.numbers.isEmpty else {
        self.init(.shape, "another numeric level: bits differ")
        return
      }
      self.init(receipt, now, within: distance)
    }
  }

  private init(_ verdict: Verdict, _ detail: String = "") {
    self.verdict = verdict
    self.detail = detail
  }

  /// How near another numeric level has to come: a share, or for numbers above 1 a part of them.
  ///
  /// Measured by `benchmarks/numeric_levels` on 40 pairs of networks that were trained with AVX2 and
  /// with AVX-512 kernels (2000 to 8000 samples, 8 to 256 hidden units, 4 to 40 epochs). Most
  /// numbers agree to seven digits, but where training is long errors, barriers and losses differ
  /// by up to 0.004. A search may then take another way: after one, errors, losses and accuracies
  /// differ by up to 0.028. Twice of each is allowed.
  private static func levelTolerance(of value: Value) -> Double {
    value.provenance.dependsOnSearch ? 0.056 : 0.008
  }

  private static func isNear(_ a: Double, _ b: Double, _ distance: Double) -> Bool {
    a == b || abs(a - b) <= distance * max(1, abs(a), abs(b)) || a.isNaN && b.isNaN
  }

  // MARK: - Numbers

  /// Compares cell by cell.
  ///
  /// - Parameter allowed: How far apart two numbers may be.
  private init(_ receipt: Receipt, _ other: Receipt, within allowed: Double) {
    let (then, now) = (receipt.numbers, other.numbers)
    guard !then.isEmpty else {
      self.init(
        .different,
        other.summary == receipt.summary
          ? "another value that looks alike: \(receipt.summary)"
          : "\(receipt.summary) -> \(other.summary)")
      return
    }
    guard now.first == then.first, now.count == then.count else {
      let (a, b) = (Self.size(then), Self.size(now))
      let place =
        now.first == then.first ? Self.firstDifference(then, now, allowed) : "other columns"
      self.init(.different, "table \(a) -> \(b); \(place)")
      return
    }
    let limit = allowed > 0 ? ", allowed \(Content.significant(allowed))" : ""
    var largest = 0.0
    for (row, (before, after)) in zip(then, now).enumerated().dropFirst() {
      for (column, (old, new)) in zip(before, after).enumerated() where old != new {
        let name = then[0].indices.contains(column) ? then[0][column] : "\(column + 1)"
        let place = then.count > 2 ? "row \(row), column \(name)" : name
        guard let a = Double(old), let b = Double(new) else {
          self.init(.different, "\(place): \(old) -> \(new)")
          return
        }
        guard Self.isNear(a, b, allowed) else {
          self.init(.different, "\(place): \(old) -> \(new)\(limit)")
          return
        }
        largest = max(largest, abs(a - b))
      }
    }
    self.init(.close, "max |difference| \(Content.significant(largest))\(limit)")
  }

  /// Where two tables of the same columns and another number of rows first part.
  private static func firstDifference(
    _ then: [[String]], _ now: [[String]], _ allowed: Double
  ) -> String {
    for (row, (before, after)) in zip(then, now).enumerated().dropFirst() {
      for (column, (old, new)) in zip(before, after).enumerated() where old != new {
        if let a = Double(old), let b = Double(new), isNear(a, b, allowed) { continue }
        return "first difference row \(row), column \(then[0][column])"
      }
    }
    return "first difference row \(min(then.count, now.count))"
  }

  private static func size(_ rows: [[String]]) -> String {
    "\(max(rows.count - 1, 0))x\(rows.first?.count ?? 0)"
  }
}
