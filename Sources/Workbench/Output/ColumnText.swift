/// The cells of one column as text, all with the same number of decimals so that points stand
/// under each other.
struct ColumnText: Hashable, Sendable {
  /// One text per row, with its unit.
  let cells: [String]
  /// Whether the texts stand at the right of the column.
  let isRightAligned: Bool

  /// - Parameter isGrouped: Whether long numbers are written `60 000`.
  init(_ column: DisplayTable.Column, cells: [DisplayTable.Cell], isGrouped: Bool = true) {
    // Whole numbers among others are counts: they have no unit, and others' decimals are not theirs.
    let isWhole = column.kind == .integer
    let numbers = cells.filter { isWhole || !$0.isInteger }.compactMap(\.number).filter(\.isFinite)
    let write = Self.writer(for: column.kind, numbers: numbers)
    self.cells = cells.map { cell in
      let text = Self.text(of: cell, isWhole: isWhole, write: write)
      return isGrouped || cell.number == nil ? text : Self.ungrouped(text)
    }
    isRightAligned = column.kind != .text && column.kind != .yesNo
  }

  private static func text(
    of cell: DisplayTable.Cell, isWhole: Bool, write: (Double) -> String
  ) -> String {
    switch cell {
    case .empty: "-"
    case .text(let text): TextLayout.harmless(text)
    case .yesNo(let value): value ? "yes" : "no"
    case .integer(let value) where !isWhole || Double(exactly: value) == nil:
      NumberText.grouped(value)
    case .integer(let value): write(Double(value))
    case .real(let value): value.isFinite ? write(value) : NumberText.real(value)
    }
  }

  /// How every number of the column is written.
  private static func writer(
    for kind: DisplayTable.Kind, numbers: [Double]
  ) -> (Double) -> String {
    switch kind {
    case .share, .points:
      let unit = kind == .share ? "%" : " pt"
      return { NumberText.decimal($0 * 100, decimals: NumberText.percentDecimals) + unit }
    case .seconds:
      let decimals = secondsDecimals(numbers)
      return { NumberText.decimal($0, decimals: decimals) + " s" }
    case .bytes:
      let largest = numbers.map(\.magnitude).max() ?? 0
      let unit = NumberText.ByteUnit.best(for: largest)
      return { NumberText.decimal($0 / unit.size, decimals: 1) + " " + unit.rawValue }
    case .integer, .real, .text, .yesNo:
      return realWriter(numbers)
    }
  }

  /// The same number of decimals for all, where the largest then has four significant digits and
  /// the smallest still two; otherwise each number for itself.
  private static func realWriter(_ numbers: [Double]) -> (Double) -> String {
    let sizes = numbers.map(\.magnitude).filter { $0 > 0 }
    guard let largest = sizes.max(), let smallest = sizes.min() else {
      return { NumberText.real($0) }
    }
    if numbers.allSatisfy({ $0.rounded() == $0 }), largest < 1e9 {
      return { NumberText.decimal($0, decimals: 0) }
    }
    let top = NumberText.decimalExponent(of: largest)
    let decimals = max(0, NumberText.screenDigits - 1 - top)
    let bottom = NumberText.decimalExponent(of: smallest)
    // The smallest's first digit stands at decimal -bottom: two digits of it must fit.
    guard top <= 8, decimals <= 6, bottom >= 1 - decimals || bottom >= top else {
      return { NumberText.real($0) }
    }
    return { NumberText.decimal($0, decimals: decimals) }
  }

  /// Tenths of a second, and down to microseconds where the shortest time needs them; beside
  /// whole seconds, milliseconds are enough.
  private static func secondsDecimals(_ numbers: [Double]) -> Int {
    let sizes = numbers.map(\.magnitude).filter { $0 > 0 }
    let smallest = sizes.min() ?? 1
    let decimals = smallest >= 0.0995 ? 1 : smallest >= 0.00995 ? 2 : smallest >= 0.000_995 ? 3 : 6
    return (sizes.max() ?? 1) >= 1 ? min(decimals, 3) : decimals
  }

  /// Without blanks inside the number: `60000`, `1234.5 s`.
  private static func ungrouped(_ text: String) -> String {
    var kept = ""
    let characters = Array(text)
    for (index, character) in characters.enumerated() {
      let isBetweenDigits =
        index > 0 && index + 1 < characters.count && characters[index - 1].isNumber
        && characters[index + 1].isNumber
      if character != " " || !isBetweenDigits { kept.append(character) }
    }
    return kept
  }
}

extension DisplayTable.Cell {
  fileprivate var isInteger: Bool { if case .integer = self { true } else { false } }
}
