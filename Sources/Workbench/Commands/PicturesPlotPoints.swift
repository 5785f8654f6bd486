import Kernel

// Points with words: the methods of a comparison, and which of them no other betters.
extension PlotRequest {
  /// The columns whose words stand at the points; `nil` where there are no words.
  ///
  /// They are the one that was named, of a Pareto front what tells its points apart, and otherwise a
  /// first column of words that names every row by a word of its own, as a comparison's does.
  func labelColumns(of table: Table) throws(Failure) -> [Int]? {
    if let label { return [try table.place(of: label)] }
    if hasFront {
      if let by { return [try table.place(of: by)] }
      let variables = table.columns.indices.filter { column in
        table.columns[column].isVariable && Set(table.rows.map { $0[column] }).count > 1
      }
      if !variables.isEmpty { return variables }
      return [table.columns.firstIndex { $0.kind == .text } ?? 0]
    }
    guard by == nil, let first = table.columns.first, first.kind == .text else { return nil }
    let words = table.rows.map { $0[0] }
    return Set(words).count == words.count ? [0] : nil
  }

  /// A point with what stands at it.
  private struct Labelled {
    var place: Picture.Point
    var word: String
    /// Whether it takes no part in what is best, such as networks as trained.
    var isBaseline: Bool
    /// Which line or kind of point it belongs to.
    var group: String?
  }

  /// One point for each row that has both numbers; of rows that take no part in what is best and
  /// lack the number across, such as networks as trained, a line at their height.
  ///
  /// Of a front by the words of a column, there is one point for each word: the mean of its rows.
  func labelledPoints(
    of table: Table, _ across: Int, _ up: Int, words: [Int]
  ) throws(Failure) -> Picture {
    let group = try by.map { name throws(Failure) in try table.place(of: name) }
    var points: [Labelled] = []
    var rules: [Picture.Rule] = []
    for (number, row) in table.rows.enumerated() {
      if case .text = row[across] { throw notNumbers(table.columns[across].name) }
      if case .text = row[up] { throw notNumbers(table.columns[up].name) }
      let word = words.map { Self.text(row[$0], table.columns[$0].kind) }.joined(separator: ", ")
      let isBaseline = table.baselineRows.contains(number)
      guard let height = row[up].number else { continue }
      if let left = row[across].number {
        points.append(
          Labelled(
            place: .init(left, height), word: word, isBaseline: isBaseline,
            group: group.map { Self.text(row[$0], table.columns[$0].kind) }))
      } else if isBaseline {
        rules.append(Picture.Rule(y: height, word))
      }
    }
    if hasFront, by != nil { points = Self.means(of: points) }
    return Picture(
      title: "", x: Self.axis(of: table.columns[across]), y: Self.axis(of: table.columns[up]),
      series: hasFront ? Self.front(of: points, table, across, up) : kinds(of: points, table, up),
      rules: rules,
      annotations: points.map { Picture.Annotation($0.place, $0.word, isRinged: false) })
  }

  /// One point for each word, in the order in which they first come.
  private static func means(of points: [Labelled]) -> [Labelled] {
    var result: [Labelled] = []
    var seen: Set<String> = []
    for point in points where seen.insert(point.word).inserted {
      let same = points.filter { $0.word == point.word }
      var mean = point
      mean.place = Picture.Point(
        Statistics.mean(same.map(\.place.x)), Statistics.mean(same.map(\.place.y)))
      mean.isBaseline = same.allSatisfy(\.isBaseline)
      result.append(mean)
    }
    return result
  }

  /// The points by the values of `by=`, where that was given.
  private func kinds(of points: [Labelled], _ table: Table, _ up: Int) -> [Picture.Series] {
    var series: [Picture.Series] = []
    for point in points {
      let name = point.group ?? table.columns[up].name
      if let index = series.firstIndex(where: { $0.name == name }) {
        series[index].points.append(point.place)
      } else {
        series.append(Picture.Series(name, [point.place], style: .points))
      }
    }
    return series
  }

  /// The front, the points behind it, and what takes no part.
  private static func front(
    of points: [Labelled], _ table: Table, _ across: Int, _ up: Int
  ) -> [Picture.Series] {
    let places = points.filter { !$0.isBaseline }.map(\.place)
    let moreIsBetter = (
      x: table.columns[across].isMoreBetter, y: table.columns[up].isMoreBetter
    )
    var front = front(of: places, moreIsBetter: moreIsBetter)
    // From the best x on, so that steps bound what can be had, and not what cannot.
    if moreIsBetter.x { front.reverse() }
    let others = places.indices.filter { !front.contains($0) }.map { places[$0] }
    let baselines = points.filter(\.isBaseline)
    var series = [Picture.Series("Pareto front", front.map { places[$0] }, style: .frontier)]
    if !others.isEmpty { series.append(Picture.Series("others", others, style: .points)) }
    if let first = baselines.first {
      series.append(
        Picture.Series(
          baselines.count == 1 ? first.word : "not compared", baselines.map(\.place),
          style: .points))
    }
    return series
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
}

extension Table.Column {
  /// Whether more is better.
  ///
  /// A sweep's columns do not know what they measure, but what is called an accuracy is one.
  fileprivate var isMoreBetter: Bool {
    guard best == nil else { return best == .highest }
    return name.lowercased().contains("accuracy")
  }
}
