import Kernel

// Points with words: the methods of a comparison, and which of them no other betters.
extension PlotRequest {
  /// The column whose words stand at the points: the one that was named, or a first column of words
  /// that names every row by a word of its own, as a comparison's does.
  func labelColumn(of table: Table) throws(Failure) -> Int? {
    if let label { return try table.place(of: label) }
    guard by == nil, let first = table.columns.first, first.kind == .text else {
      return hasFront ? 0 : nil
    }
    let words = table.rows.map { $0[0] }
    return hasFront || Set(words).count == words.count ? 0 : nil
  }

  /// One point for each row that has both numbers; of rows that take no part in what is best and
  /// lack the number across, such as networks as trained, a line at their height.
  func labelledPoints(
    of table: Table, _ across: Int, _ up: Int, words: Int
  ) throws(Failure) -> Picture {
    var points: [(place: Picture.Point, word: String)] = []
    var rules: [Picture.Rule] = []
    for (number, row) in table.rows.enumerated() {
      if case .text = row[across] { throw notNumbers(table.columns[across].name) }
      if case .text = row[up] { throw notNumbers(table.columns[up].name) }
      let word = Self.text(row[words], table.columns[words].kind)
      guard let height = row[up].number else { continue }
      if let left = row[across].number {
        points.append((Picture.Point(left, height), word))
      } else if table.baselineRows.contains(number) {
        rules.append(Picture.Rule(y: height, word))
      }
    }
    let name = table.columns[up].name
    var series: [Picture.Series] = []
    if hasFront {
      let places = points.map { $0.place }
      let front = Self.front(
        of: places,
        moreIsBetter: (
          table.columns[across].best == .highest, table.columns[up].best == .highest
        ))
      series.append(
        Picture.Series("Pareto front", front.map { places[$0] }, style: .frontier))
      let others = places.indices.filter { !front.contains($0) }
      if !others.isEmpty {
        series.append(Picture.Series("others", others.map { places[$0] }, style: .points))
      }
    } else {
      series.append(Picture.Series(name, points.map { $0.place }, style: .points))
    }
    return Picture(
      title: "", x: Self.axis(of: table.columns[across]), y: Self.axis(of: table.columns[up]),
      series: series, rules: rules,
      annotations: points.map { Picture.Annotation($0.place, $0.word, isRinged: false) })
  }

  /// The points that no other betters in both numbers, or equals in one and betters in the other,
  /// by x; of equal points the first.
  ///
  /// - Parameter moreIsBetter: Along x and along y.
  static func front(
    of points: [Picture.Point], moreIsBetter: (x: Bool, y: Bool)
  ) -> [Int] {
    let costs = points.map { point in
      (x: moreIsBetter.x ? -point.x : point.x, y: moreIsBetter.y ? -point.y : point.y)
    }
    let kept = points.indices.filter { place in
      let own = costs[place]
      guard own.x.isFinite, own.y.isFinite else { return false }
      return !costs.indices.contains { other in
        let rival = costs[other]
        let isAsGood = rival.x <= own.x && rival.y <= own.y
        return isAsGood && (rival != own || other < place)
      }
    }
    return kept.sorted { (points[$0].x, $0) < (points[$1].x, $1) }
  }

  /// A table of numbers as shades: its first column, where that counts the rows, is left out.
  func heatMap(of table: Table) throws(Failure) -> Picture {
    let kinds: [Table.Kind] = [.real, .share, .points, .seconds, .bytes, .integer]
    var places = table.columns.indices.filter { kinds.contains(table.columns[$0].kind) }
    var rowLabel = "row"
    if let first = table.columns.first, first.kind == .integer || first.kind == .text {
      places.removeAll { $0 == 0 }
      rowLabel = first.name
    }
    guard !places.isEmpty, !table.rows.isEmpty else {
      throw Failure(.badData, "the table has no column of numbers beside the first to draw")
    }
    let values = table.rows.flatMap { row in places.map { row[$0].number ?? .nan } }
    let isUnits = table.columns[places[0]].name == "u1"
    return Picture(
      title: isUnits ? table.notes.first ?? "" : "", x: .init("column"), y: .init(rowLabel),
      series: [],
      heat: HeatMap(
        rows: table.rows.count, columns: places.count, values: values,
        rowLabel: isUnits ? "unit of the first network" : rowLabel,
        columnLabel: isUnits ? "unit of the second network" : "column"))
  }
}
