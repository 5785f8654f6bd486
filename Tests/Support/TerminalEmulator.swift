/// A screen as a terminal shows it: characters, a cursor, and the escape sequences that line
/// editors use (ECMA-48).
public struct TerminalEmulator: Sendable {
  public private(set) var columns: Int
  public private(set) var rows: Int
  private var cells: [[Character]]
  private var row = 0
  private var column = 0
  /// Set when a character was written in the last column: the next one goes to a new line.
  private var isWrapPending = false
  /// Whether a line goes on in the next one because the screen is no wider.
  private var goesOn: [Bool]
  private var state = State.text
  /// Bytes of a character or a sequence that is not complete yet.
  private var held: [UInt8] = []

  private enum State: Sendable {
    case text, escape, control, command
  }

  public init(columns: Int = 80, rows: Int = 24) {
    self.columns = columns
    self.rows = rows
    cells = [[Character]](repeating: [Character](repeating: " ", count: columns), count: rows)
    goesOn = [Bool](repeating: false, count: rows)
  }

  /// The lines of the screen without blanks at their ends, but for those before the cursor, and
  /// without empty lines at the bottom.
  public var lines: [String] {
    var lines = cells.enumerated().map { index, cells in
      var line = cells
      let kept = index == row ? column : 0
      while line.count > kept, line.last == " " { line.removeLast() }
      return String(line)
    }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The whole screen as one text.
  public var text: String { lines.joined(separator: "\n") }

  /// The cursor's place, from 0.
  public var cursor: (row: Int, column: Int) { (row, column) }

  /// Takes another size.
  ///
  /// Lines that are too long are broken and those that were broken joined, as most terminals do;
  /// what then does not fit leaves at the top.
  public mutating func resize(columns: Int, rows: Int) {
    var lines: [[Character]] = []
    var place = (line: 0, offset: 0)
    var isJoined = false
    let last = max(row, cells.lastIndex { $0.contains { $0 != " " } } ?? 0)
    for index in 0...last {
      if !isJoined { lines.append([]) }
      if index == row { place = (lines.count - 1, lines[lines.count - 1].count + column) }
      lines[lines.count - 1] += cells[index]
      isJoined = goesOn[index]
    }
    var new = TerminalEmulator(columns: columns, rows: rows)
    new.cells = []
    new.goesOn = []
    for (index, line) in lines.enumerated() {
      var rest = line[...]
      let kept = index == place.line ? place.offset : 0
      while rest.count > kept, rest.last == " " { rest.removeLast() }
      if index == place.line {
        new.row = new.cells.count + place.offset / columns
        new.column = place.offset % columns
      }
      repeat {
        let part = Array(rest.prefix(columns))
        rest = rest.dropFirst(columns)
        new.cells.append(part + [Character](repeating: " ", count: columns - part.count))
        new.goesOn.append(!rest.isEmpty)
      } while !rest.isEmpty
    }
    let empty = [Character](repeating: " ", count: columns)
    while new.cells.count < max(rows, new.row + 1) {
      new.cells.append(empty)
      new.goesOn.append(false)
    }
    let excess = new.cells.count - rows
    new.cells.removeFirst(excess)
    new.goesOn.removeFirst(excess)
    new.row = max(0, new.row - excess)
    self = new
  }

  /// Takes what a program wrote.
  public mutating func feed(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { feed(byte) }
  }

  private mutating func feed(_ byte: UInt8) {
    switch state {
    case .text: feedText(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["):
        state = .control
        held = []
      case UInt8(ascii: "]"):
        state = .command
      case UInt8(ascii: "M"):
        // One line up, and the screen down where there is none.
        state = .text
        if row > 0 {
          row -= 1
        } else {
          cells.removeLast()
          cells.insert([Character](repeating: " ", count: columns), at: 0)
          goesOn.removeLast()
          goesOn.insert(false, at: 0)
        }
      default:
        // Two-character sequences (keypad modes and the like) show nothing.
        state = .text
      }
    case .control:
      held.append(byte)
      if byte >= 0x40, byte <= 0x7E {
        state = .text
        obey(held)
        held = []
      }
    case .command:
      // Window titles, until BEL or ESC \.
      if byte == 0x07 { state = .text } else if byte == 0x1B { state = .escape }
    }
  }

  private mutating func feedText(_ byte: UInt8) {
    switch byte {
    case 0x1B: state = .escape
    case 0x07, 0x00: break
    case 0x08:
      column = max(0, column - 1)
      isWrapPending = false
    case 0x09: column = min(columns - 1, (column / 8 + 1) * 8)
    case 0x0A: lineFeed()
    case 0x0D:
      column = 0
      isWrapPending = false
    default:
      held.append(byte)
      if held.count == Self.length(ofCharacterBeginning: held[0]) {
        put(Character(String(decoding: held, as: UTF8.self)))
        held = []
      }
    }
  }

  private static func length(ofCharacterBeginning byte: UInt8) -> Int {
    byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
  }

  private mutating func put(_ character: Character) {
    if isWrapPending {
      column = 0
      goesOn[row] = true
      lineFeed()
    }
    cells[row][column] = character
    isWrapPending = column == columns - 1
    if !isWrapPending { column += 1 }
  }

  private mutating func lineFeed() {
    isWrapPending = false
    if row + 1 < rows {
      row += 1
    } else {
      cells.removeFirst()
      cells.append([Character](repeating: " ", count: columns))
      goesOn.removeFirst()
      goesOn.append(false)
    }
  }

  /// Acts on a control sequence: its parameters and its last byte.
  private mutating func obey(_ sequence: [UInt8]) {
    guard let final = sequence.last else { return }
    let text = String(decoding: sequence.dropLast(), as: UTF8.self)
    // Private modes, such as bracketed paste, show nothing.
    guard !text.hasPrefix("?") else { return }
    let numbers = text.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    let first = numbers.first ?? 0
    let count = max(first, 1)
    isWrapPending = false
    switch final {
    case UInt8(ascii: "A"): row = max(0, row - count)
    case UInt8(ascii: "B"): row = min(rows - 1, row + count)
    case UInt8(ascii: "C"): column = min(columns - 1, column + count)
    case UInt8(ascii: "D"): column = max(0, column - count)
    case UInt8(ascii: "G"): column = min(columns, count) - 1
    case UInt8(ascii: "H"), UInt8(ascii: "f"):
      row = min(rows, count) - 1
      column = min(columns, max(numbers.count > 1 ? numbers[1] : 1, 1)) - 1
    case UInt8(ascii: "J"): eraseScreen(first)
    case UInt8(ascii: "K"): eraseLine(first)
    case UInt8(ascii: "P"):
      let removed = min(count, columns - column)
      cells[row].removeSubrange(column..<column + removed)
      cells[row] += [Character](repeating: " ", count: removed)
    case UInt8(ascii: "@"):
      let added = min(count, columns - column)
      cells[row].insert(contentsOf: [Character](repeating: " ", count: added), at: column)
      cells[row].removeLast(added)
    default: break
    }
  }

  private mutating func eraseLine(_ which: Int) {
    let range = which == 0 ? column..<columns : which == 1 ? 0..<column + 1 : 0..<columns
    for place in range { cells[row][place] = " " }
    if which != 1 { goesOn[row] = false }
  }

  private mutating func eraseScreen(_ which: Int) {
    eraseLine(which)
    let range = which == 0 ? row + 1..<rows : which == 1 ? 0..<row : 0..<rows
    for line in range {
      cells[line] = [Character](repeating: " ", count: columns)
      goesOn[line] = false
    }
  }
}
