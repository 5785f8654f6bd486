import Kernel

/// A network's graph as lines of text: one for each layer, with its sizes, and the axes that permute
/// together under them.
struct GraphDrawing: Sendable {
  private let graph: Graph
  /// How many networks have it.
  private let networkCount: Int

  init(_ graph: Graph, networkCount: Int = 1) {
    self.graph = graph
    self.networkCount = networkCount
  }

  /// The drawing, every line ending in a line feed.
  func rendered(width: Int, glyphs: Glyphs, style: Style) -> String {
    var text = ""
    let rows = layerRows
    let head = ["layer", "", "output", "weights", "group"]
    let isRight = [false, false, false, true, true]
    let widths = Self.widths(of: [head] + rows, within: width, glyphs)
    for (number, row) in ([head] + rows).enumerated() {
      let cells = row.indices.map { place in
        let cell = TextLayout.truncated(
          glyphs.shown(row[place]), width: widths[place], glyphs: glyphs)
        return isRight[place]
          ? TextLayout.rightAligned(cell, width: widths[place])
          : TextLayout.leftAligned(cell, width: widths[place])
      }
      let line = TextLayout.withoutTrailingBlanks(" " + cells.joined(separator: "  "))
      text += (number == 0 ? style.paint(line, .heading) : line) + "\n"
    }
    for paragraph in [totals, groupText] where !paragraph.isEmpty {
      text += "\n"
      for line in TextLayout.wrapped(glyphs.shown(paragraph), width: max(min(width, 100) - 2, 20)) {
        text += " " + line + "\n"
      }
    }
    return text + groupRows(width: width, glyphs: glyphs, style: style)
  }

  /// The same as a table of the language.
  var table: Table {
    let groups = graph.axisGroups
    let places = graph.axisGroupsOfNode
    return Table(
      columns: [
        .init("layer", .text), .init("kind", .text), .init("reads", .text), .init("output", .text),
        .init("weights", .integer), .init("group", .text),
      ],
      rows: graph.nodes.enumerated().map { index, node in
        [
          .text(node.name), .text(node.layer.words),
          .text(node.inputs.map { graph.nodes[$0].name }.joined(separator: " ")),
          .text(shapeText(graph.shapes[index])), .integer(weightCount(of: index)),
          places[index].isEmpty
            ? .empty : .text(places[index].map { groups[$0].name }.joined(separator: " ")),
        ]
      })
  }

  private var layerRows: [[String]] {
    let lanes = GraphLanes(graph).lines
    let places = graph.axisGroupsOfNode
    return graph.nodes.enumerated().map { index, node in
      let count = weightCount(of: index)
      // A layer that is named for what it is need not be told twice.
      let words = node.layer.words
      return [
        (lanes.isEmpty ? "" : lanes[index] + " ") + node.name, words == node.name ? "" : words,
        graph.shapes[index].map(String.init).joined(separator: "×"),
        count == 0 ? "" : NumberText.grouped(count),
        places[index].isEmpty ? "" : Self.numbers(places[index]),
      ]
    }
  }

  /// How wide the columns are: names give way where all is too wide.
  private static func widths(of rows: [[String]], within width: Int, _ glyphs: Glyphs) -> [Int] {
    var widths = rows[0].indices.map { place in
      rows.map { displayWidth(of: glyphs.shown($0[place])) }.max() ?? 0
    }
    // One blank at the left, two between columns, and the last column of a screen stays free.
    let tooMany = 1 + widths.reduce(0, +) + 2 * (widths.count - 1) - max(width - 1, 0)
    for place in [1, 0] where tooMany > 0 {
      let missing = 1 + widths.reduce(0, +) + 2 * (widths.count - 1) - max(width - 1, 0)
      // 12: what is left of a name tells it from others.
      widths[place] = max(min(widths[place], 12), widths[place] - max(missing, 0))
    }
    return widths
  }

  private func weightCount(of node: Int) -> Int {
    graph.parameters.reduce(0) {
      $0 + ($1.node == node && $1.role.isTrained ? $1.shape.reduce(1, *) : 0)
    }
  }

  private var totals: String {
    let layers = graph.nodes.count { $0.layer.makesUnits }
    let statistics = graph.parameters.reduce(0) {
      $0 + ($1.role.isTrained ? 0 : $1.shape.reduce(1, *))
    }
    var parts = [
      Content.counted(graph.nodes.count - 1, "layer")
        + ", \(layers) of them linear or convolutions",
      "\(NumberText.grouped(graph.parameterCount)) weights",
    ]
    if statistics > 0 { parts.append("\(NumberText.grouped(statistics)) running statistics") }
    parts.append("\(NumberText.short(graph.workPerSample)) multiply-adds a sample")
    if networkCount > 1 { parts.append("\(networkCount) networks of this kind") }
    return parts.joined(separator: " · ")
  }

  private var groupText: String {
    let groups = graph.axisGroups
    guard !groups.isEmpty else {
      let isHeld = graph.nodes.contains { node in
        if case .groupNorm(let count, _) = node.layer { count > 1 } else { false }
      }
      return "no layer has units that can be permuted"
        + (isHeld ? ": the groups of a norm hold them in place" : "")
    }
    return Content.counted(groups.count, "group")
      + " of units that can be permuted, each with how many they are and in how many arrays:"
  }

  /// `4`, or `4-7` of the ranges that a layer's units are cut into.
  private static func numbers(_ places: Range<Int>) -> String {
    places.count == 1 ? "\(places.lowerBound + 1)" : "\(places.lowerBound + 1)-\(places.upperBound)"
  }

  /// The groups in as many columns as the screen has room for, in the order of reading; ranges of one
  /// layer's units in one row, with the sizes that they have.
  private func groupRows(width: Int, glyphs: Glyphs, style: Style) -> String {
    let groups = graph.axisGroups
    let places = Set(graph.axisGroupsOfNode.filter { !$0.isEmpty })
      .sorted { $0.lowerBound < $1.lowerBound }
    let entries = places.map {
      place -> (number: String, name: String, units: String, arrays: Int) in
      let own = groups[place]
      let (least, most) = (own.map(\.count).min() ?? 0, own.map(\.count).max() ?? 0)
      let name = groups[place.lowerBound].name
      return (
        Self.numbers(place), own.count == 1 ? name : String(name.prefix { $0 != "[" }),
        least == most ? String(most) : "\(least)-\(most)",
        Set(own.flatMap { $0.axes.map(\.parameter) }).count
      )
    }
    let numberWidth = entries.map(\.number.count).max() ?? 0
    let nameWidth = entries.map { displayWidth(of: $0.name) }.max() ?? 0
    let unitWidth = entries.map(\.units.count).max() ?? 0
    let cells = entries.map { entry in
      TextLayout.rightAligned(entry.number, width: numberWidth) + "  "
        + TextLayout.leftAligned(entry.name, width: nameWidth) + "  "
        + TextLayout.rightAligned(entry.units, width: unitWidth)
        + " in \(entry.arrays)"
    }
    let cellWidth = (cells.map { displayWidth(of: $0) }.max() ?? 0) + 3
    // Two at most: more would be hard to read.
    let columns = max(1, min(2, (width - 2 + 3) / max(cellWidth, 1), cells.count))
    let rows = (cells.count + columns - 1) / columns
    return (0..<rows).map { row in
      let line = stride(from: row, to: cells.count, by: rows).map {
        TextLayout.leftAligned(cells[$0], width: cellWidth)
      }
      return TextLayout.withoutTrailingBlanks("  " + line.joined()) + "\n"
    }.joined()
  }
}

extension Content {
  /// The graph to draw, and of how many networks it is.
  var drawing: GraphDrawing? {
    switch self {
    case .network(let network): GraphDrawing(network.graph)
    case .networks(let networks):
      networks.first.map { GraphDrawing($0.graph, networkCount: networks.count) }
    default: nil
    }
  }
}
