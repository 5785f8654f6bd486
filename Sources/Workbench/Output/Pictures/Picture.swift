/// One description of a plot, from which characters, SVG, PNG and CSV are all made.
struct Picture: Hashable, Sendable {
  var title: String
  var x: Axis
  var y: Axis
  var series: [Series]
  /// Horizontal lines to compare with, such as chance.
  var rules: [Rule]
  var annotations: [Annotation]
  /// A grid of numbers, drawn in place of everything but the title.
  var heat: HeatMap?

  init(
    title: String, x: Axis, y: Axis, series: [Series], rules: [Rule] = [],
    annotations: [Annotation] = [], heat: HeatMap? = nil
  ) {
    self.heat = heat
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.rules = rules
    self.annotations = annotations
  }

  /// What an axis measures and how its numbers are written.
  struct Axis: Hashable, Sendable {
    var label: String
    var unit: String?
    var measure: Measure
    var isLogarithmic: Bool
    /// Whether points at 0 stand at the lower end of a logarithmic axis, where they have no place.
    var showsZeroAtEdge = false

    init(
      _ label: String, unit: String? = nil, measure: Measure = .plain, isLogarithmic: Bool = false
    ) {
      self.label = label
      self.unit = unit
      self.measure = measure
      self.isLogarithmic = isLogarithmic
    }

    /// The label with the unit: `time, s`.
    var heading: String {
      let unit = unit ?? (measure == .points ? "points" : nil)
      return unit.map { "\(label), \($0)" } ?? label
    }
  }

  /// How numbers along an axis are written.
  enum Measure: String, Hashable, Sendable {
    case plain
    /// Shares of one, written in percent.
    case share
    /// Differences of shares, written in points.
    case points

    /// What numbers are multiplied with before they are written.
    var factor: Double { self == .plain ? 1 : 100 }
  }

  /// Points that belong together.
  struct Series: Hashable, Sendable {
    var name: String
    var points: [Point]
    var style: Style

    init(_ name: String, _ points: [Point], style: Style = .line) {
      self.name = name
      self.points = points
      self.style = style
    }

    /// How points are joined.
    enum Style: String, Hashable, Sendable {
      /// By straight lines, in the order given.
      case line
      /// Not at all.
      case points
      /// Each value holds until the next x, as the best cost of a search does.
      case steps
      /// As steps, with a mark at each point: the limit of what can be had together.
      case frontier
    }
  }

  /// A place in the units of the axes.
  struct Point: Hashable, Sendable {
    var x: Double
    var y: Double

    init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A horizontal line with a name.
  struct Rule: Hashable, Sendable {
    var y: Double
    var label: String

    init(y: Double, _ label: String) {
      self.y = y
      self.label = label
    }
  }

  /// Words at a point.
  struct Annotation: Hashable, Sendable {
    var point: Point
    var text: String
    /// Whether the point is marked, too; otherwise the words only name what is there.
    var isRinged: Bool

    init(_ point: Point, _ text: String, isRinged: Bool = true) {
      self.point = point
      self.text = text
      self.isRinged = isRinged
    }
  }
}

extension Picture {
  /// Whether a point has a place: finite, and positive along logarithmic axes.
  func canShow(_ point: Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (!x.isLogarithmic || point.x > 0 || isAtEdge(point))
      && (!y.isLogarithmic || point.y > 0)
  }

  /// Whether a point stands at the left edge of a logarithmic axis because it is at 0.
  private func isAtEdge(_ point: Point) -> Bool {
    x.isLogarithmic && x.showsZeroAtEdge && point.x == 0
  }

  /// What is to be known of the points, a sentence each.
  var notes: [String] {
    let hasEdge = series.contains { $0.points.contains { isAtEdge($0) && canShow($0) } }
    let areSeveral = series.contains { series in
      series.style == .line && Set(series.points.map(\.x)).count < series.points.count
    }
    return [
      hiddenPointNote, hasEdge ? "what was there at 0 stands at the left edge" : nil,
      areSeveral ? "several rows have the same \(x.label): `group` takes their means" : nil,
    ].compactMap(\.self)
  }

  /// How many points have no place.
  var hiddenPointCount: Int {
    series.reduce(0) { sum, series in sum + series.points.count { !canShow($0) } }
  }

  /// A sentence on points without a place, where there are some.
  var hiddenPointNote: String? {
    let count = hiddenPointCount
    guard count > 0 else { return nil }
    let isAllMissing = series.allSatisfy { $0.points.allSatisfy { canShow($0) || $0.y.isNaN } }
    let reason =
      isAllMissing
      ? "there is no number"
      : x.isLogarithmic || y.isLogarithmic
        ? "not finite, or not positive on a logarithmic axis" : "not finite"
    return "\(count) \(count == 1 ? "point is" : "points are") not shown: \(reason)"
  }

  /// The series as unbroken runs of points that can be shown, with the corners of steps put in.
  func runs(of series: Series) -> [[Point]] {
    var runs: [[Point]] = [[]]
    for point in series.points {
      guard canShow(point) else {
        if runs.last?.isEmpty == false { runs.append([]) }
        continue
      }
      if series.style == .steps || series.style == .frontier, let before = runs[runs.count - 1].last
      {
        runs[runs.count - 1].append(Point(point.x, before.y))
      }
      runs[runs.count - 1].append(point)
    }
    return runs.filter { !$0.isEmpty }
  }

  /// The picture with numbers in place of the words at its points, and what each stands for.
  ///
  /// The key has entries such as `1: weight_match`. Equal words have one number.
  ///
  /// - Parameter isOnePlace: Whether two points look like one, and share the words `1, 2`.
  func numbered(
    _ isOnePlace: (Point, Point) -> Bool
  ) -> (picture: Picture, key: [String]) {
    var words: [String] = []
    var places: [(annotation: Annotation, numbers: [Int])] = []
    for annotation in annotations where !annotation.isRinged && canShow(annotation.point) {
      let word = words.firstIndex(of: annotation.text) ?? words.count
      if word == words.count { words.append(annotation.text) }
      if let index = places.firstIndex(where: {
        isOnePlace($0.annotation.point, annotation.point)
      }) {
        if !places[index].numbers.contains(word + 1) { places[index].numbers.append(word + 1) }
      } else {
        places.append((annotation, [word + 1]))
      }
    }
    var result = self
    result.annotations =
      annotations.filter(\.isRinged)
      + places.map { place in
        var annotation = place.annotation
        annotation.text = place.numbers.map(String.init).joined(separator: ", ")
        return annotation
      }
    return (result, words.enumerated().map { "\($0 + 1): \($1)" })
  }

  /// The scale along x: just as wide as the points.
  func xScale(tickCount: Int) -> AxisScale {
    let places = shownPoints.map(\.x)
    guard x.isLogarithmic, places.contains(0) else {
      return AxisScale(x, values: places, tickCount: tickCount, endsAtTicks: false)
    }
    let positive = places.filter { $0 > 0 }
    return AxisScale(
      x, values: positive, tickCount: tickCount, endsAtTicks: false,
      lowerEdge: positive.min().map(AxisScale.roundNumber(below:)))
  }

  /// The scale along y: from a tick to a tick, with room for the rules.
  func yScale(tickCount: Int) -> AxisScale {
    let ruled = rules.map(\.y).filter { $0.isFinite && (!y.isLogarithmic || $0 > 0) }
    return AxisScale(
      y, values: shownPoints.map(\.y) + ruled, tickCount: tickCount, endsAtTicks: true)
  }

  private var shownPoints: [Point] {
    series.flatMap { $0.points.filter(canShow) } + annotations.map(\.point).filter(canShow)
  }

  /// All points as CSV: series, x, y, with all digits.
  var csv: String {
    if let heat { return heat.csv }
    var lines = [CSVText.record(["series", x.label, y.label])]
    for series in series {
      // A line is broken where a number is missing; a table has nothing there.
      lines += series.points.filter { $0.y.isFinite }.map {
        CSVText.record([series.name, NumberText.exact($0.x), NumberText.exact($0.y)])
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
