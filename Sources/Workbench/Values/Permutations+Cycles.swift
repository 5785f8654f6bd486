import Kernel

extension Content {
  /// One row for each network and layer of permutations, or of a result that has some: units, fixed
  /// points, cycles of two units or more, and the longest of them.
  var cycleTable: Table? {
    let permutations: [NetworkPermutation]
    let layers: [PermutationFile.Group]
    switch self {
    case .permutations(let values, let groups): (permutations, layers) = (values, groups)
    case .result(let result):
      guard let values = result.permutations else { return nil }
      (permutations, layers) = (values, result.layers)
    default: return nil
    }
    var rows: [[Table.Cell]] = []
    for (network, permutation) in permutations.enumerated() {
      for (place, order) in permutation.groups.enumerated() {
        let name = layers.indices.contains(place) ? layers[place].name : "layer \(place + 1)"
        let cycles = order.cycleLengths.filter { $0 > 1 }
        rows.append([
          .integer(network + 1), .text(name), .integer(order.count),
          .integer(order.fixedPointCount), .integer(cycles.count), .integer(cycles.first ?? 0),
        ])
      }
    }
    return Table(
      columns: [
        .init("network", .integer), .init("layer", .text), .init("units", .integer),
        .init("fixed", .integer), .init("cycles", .integer), .init("longest", .integer),
      ], rows: rows, notes: ["fixed: units that stay; cycles: of two units or more"])
  }
}

extension Content {
  /// What permutations do to each layer of each network that moves, in words; of many networks the
  /// first few.
  var movedLayers: [(name: String, text: String)] {
    guard let table = cycleTable else { return [] }
    // 24: more lines than a screen has would hide the facts above them.
    let most = 24
    let moved = table.rows.filter { $0[2] != $0[3] }
    var lines = moved.prefix(most).map { row -> (name: String, text: String) in
      let numbers = row.map { $0.number.map { Int($0) } ?? 0 }
      guard case .text(let layer) = row[1] else { return ("", "") }
      return (
        "net \(numbers[0]) \(layer)",
        "\(Self.counted(numbers[2], "unit")): \(numbers[3]) fixed, "
          + "\(Self.counted(numbers[4], "cycle")), longest \(numbers[5])"
      )
    }
    if moved.isEmpty { lines.append(("layers", "every unit stays")) }
    if moved.count > most { lines.append(("", "and \(moved.count - most) more: `.cycles`")) }
    return lines
  }
}
