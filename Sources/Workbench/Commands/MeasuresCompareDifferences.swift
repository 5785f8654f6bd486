import Contract
import Kernel

extension Table {
  /// A comparison with only what differs between its rows.
  ///
  /// The settings of the methods become columns, of which those stay in which rows that have the
  /// setting differ; a setting that only one kind of method has does not tell its rows apart.
  /// Columns with the same cell in every row are left out, and the notes say what was left out.
  func showingDifferences(of methods: MethodRows) -> Table {
    var parts: [Part] = []
    var same: [String] = []
    let ids = rows.indices.map { row -> Cell in
      guard let method = methods.method(row) else { return rows[row][0] }
      return .text(method.id)
    }
    parts.append((columns[0], ids))
    for (name, texts) in methods.settings {
      let known = texts.compactMap { $0 }
      if Set(known).count > 1 {
        let cells = rows.indices.map { row -> Cell in
          texts.indices.contains(row) ? texts[row].map { .text($0) } ?? .empty : .empty
        }
        parts.append((Column(name, .text), cells))
      } else if known.count > 1, let text = known.first {
        same.append("\(name)=\(text)")
      }
    }
    for place in columns.indices.dropFirst() {
      let cells = rows.map { $0[place] }
      let known = cells.filter { $0 != .empty }
      // A lone number is no difference, and still what was measured.
      if Set(known).count > 1 || (known.count == 1 && cells.count > 1) {
        parts.append((columns[place], cells))
      } else {
        same.append("column \(columns[place].name)")
      }
    }
    var result = Table(parts, notes: notes)
    result.numberAlikeRows()
    result.baselineRows = baselineRows
    result.isPartial = isPartial
    if !same.isEmpty {
      result.notes.append("the same in every row that has it: " + same.joined(separator: ", "))
    }
    return result
  }
}

extension Table {
  /// Numbers the rows whose words are all the same: `sa2 #1`, `sa2 #2`.
  fileprivate mutating func numberAlikeRows() {
    let words = rows.map { row in
      row.indices.filter { columns[$0].kind == .text }.map { row[$0] }
    }
    var seen: [[Cell]: Int] = [:]
    for (index, own) in words.enumerated() where words.filter({ $0 == own }).count > 1 {
      guard case .text(let label) = rows[index][0] else { continue }
      seen[own, default: 0] += 1
      rows[index][0] = .text("\(label) #\(seen[own] ?? 1)")
    }
  }
}

extension MethodRows {
  /// The method of a row, where it has one.
  fileprivate func method(_ row: Int) -> ConfiguredMethod? {
    methods.indices.contains(row) ? methods[row] : nil
  }

  /// Every setting that one of the methods has, with its text in each row.
  ///
  /// In the order of their tables; defaults count as given. `start` and `data` are every search's.
  fileprivate var settings: [(name: String, texts: [String?])] {
    var names: [String] = []
    for method in methods {
      for parameter in method?.card.parameters ?? [] where !names.contains(parameter.name) {
        names.append(parameter.name)
      }
    }
    var settings: [(name: String, texts: [String?])] = names.map { name in
      (name: name, texts: methods.map { $0?.text(of: name) })
    }
    settings.append((name: "start", texts: methods.map { $0?.startText }))
    settings.append((name: "data", texts: dataNames))
    return settings
  }
}

extension ConfiguredMethod {
  /// A setting as text: what was given, or the default; `nil` for what the method does not have.
  fileprivate func text(of name: String) -> String? {
    if let given = given.first(where: { $0.name == name }) { return given.text }
    guard let parameter = card.parameters.first(where: { $0.name == name }) else { return nil }
    return parameter.defaultText ?? "none"
  }

  /// Where its search begins.
  fileprivate var startText: String { startLabel ?? "identity" }
}
