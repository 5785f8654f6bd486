import Kernel

/// What a line of a saved session gave, as its `#=` comment says.
///
/// `#= SUMMARY | sha256:HASH | exact`, and for small values their numbers in full on lines that
/// begin with `#= >`, so that a person can read a difference.
struct Receipt: Hashable, Sendable {
  var summary: String
  /// The first 32 hexadecimal digits of the SHA-256 of the canonical bytes.
  var hash: String
  var tolerance: Tolerance
  /// A small value as a table of text, its header first; empty for large values.
  var numbers: [[String]]

  /// How near a replay has to come.
  enum Tolerance: Hashable, Sendable {
    /// The same bits.
    case exact
    /// Numbers within a relative and absolute distance; everything that is no number the same.
    case close(Double)
    /// The same kind of value: what was stopped by the clock.
    case shape
  }

  init(_ value: Value) {
    summary = value.content.receiptSummary
    hash = String(value.content.receiptHash.hex.prefix(Self.hashLength))
    tolerance = value.provenance.dependsOnTheClock || value.kind == .time ? .shape : .exact
    numbers = value.content.receiptNumbers
  }

  static let hashLength = 32

  // MARK: - As text

  /// The lines of the receipt, with their mark.
  var lines: [String] {
    ["#= \(summary) | sha256:\(hash) | \(tolerance.text)"]
      + numbers.map { "#= > " + CSVText.record($0) }
  }

  /// The receipts in the comments that follow a statement.
  ///
  /// - Throws: The first comment that is none.
  static func parse(_ comments: [Comment]) throws(BadReceipt) -> [Receipt] {
    var receipts: [Receipt] = []
    for comment in comments {
      let text = comment.text.trimmingBlanks
      if text.hasPrefix(">") {
        guard !receipts.isEmpty else { throw BadReceipt(comment: comment) }
        let record = String(text.dropFirst()).trimmingBlanks
        receipts[receipts.count - 1].numbers.append(CSVText.fields(of: record))
        continue
      }
      guard let receipt = Receipt(firstLine: text) else { throw BadReceipt(comment: comment) }
      receipts.append(receipt)
    }
    return receipts
  }

  /// A comment with the mark of a receipt that is none.
  struct BadReceipt: Error { var comment: Comment }

  private init?(firstLine text: String) {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
      .map { String($0).trimmingBlanks }
    guard parts.count >= 3, let tolerance = Tolerance(text: parts[parts.count - 1]) else {
      return nil
    }
    let mark = "sha256:"
    let hash = parts[parts.count - 2]
    guard hash.hasPrefix(mark), hash.count >= mark.count + 8,
      hash.dropFirst(mark.count).allSatisfy(\.isHexDigit)
    else { return nil }
    summary = parts.dropLast(2).joined(separator: " | ")
    self.hash = String(hash.dropFirst(mark.count))
    self.tolerance = tolerance
    numbers = []
  }
}

extension Receipt.Tolerance {
  var text: String {
    switch self {
    case .exact: "exact"
    case .close(let distance): "close \(Content.digits(distance))"
    case .shape: "shape"
    }
  }

  init?(text: String) {
    let words = text.split(separator: " ")
    switch (words.first, words.count) {
    case ("exact", 1): self = .exact
    case ("shape", 1): self = .shape
    case ("close", 2):
      guard let distance = Double(String(words[1])), distance >= 0, distance.isFinite else {
        return nil
      }
      self = .close(distance)
    default: return nil
    }
  }
}

extension String {
  /// Without blanks at its ends.
  var trimmingBlanks: String {
    var text = Substring(self)
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
