import Contract
import Kernel

extension Command {
  /// The unit of axes that show how long something took.
  static let unitOfTime = "s"

  /// Draws curves, traces and columns of tables.
  static let plot = Command(
    "plot", .tables, "draw curves, the traces of searches, or columns of a table",
    details: """
      Curves and barriers are drawn over alpha, in the error unless `metric=` says loss or a metric that \
      they were measured with, with what they were before `recalibrate=`; results of searches of one cost as their best over \
      steps, which are what the method counts, such as moves; `x=seconds` is for time, that of the \
      search which found the start first, and `x=evaluations` for how often the cost was scored, the \
      temperature trial first, where each step does that once. Of a table, `x=` and `y=` name columns \
      of numbers, and `by=` makes a line for each value of a third; `y=[s, s_prime]` draws several \
      columns in one picture. `scale=log` and `xscale=log` make an axis logarithmic: `scale=` the \
      upright one, `xscale=` the one along the bottom. `label=` writes the words of a column at each \
      point and draws no line; a comparison's points carry their methods without being told. \
      `front=yes` joins the points that no other betters in both columns, the Pareto front: less is \
      better, except where the table says that more is, or the column is called an accuracy. With \
      `by=m` there is one point for each m, the mean of its rows. Where words do not fit beside the points, numbers stand there and a key \
      below. `heat=yes` draws a table of numbers, such as `similarity` gives, as shades, all of one \
      measure. The picture shows in characters; `export` writes it as SVG, PNG or CSV.
      """,
    rest: Rest(
      Parameter(
        "values", .value([.curve, .barrier, .result, .table, .list]),
        help: "what to draw; several of a kind share one picture")),
    keywords: [
      .metric,
      Parameter("x", .column, isOptional: true, help: "the column along the bottom"),
      Parameter(
        "y", .columns, isOptional: true,
        help: "the column drawn, or several of one measure: `y=[s, s_prime]`"),
      Parameter("by", .column, isOptional: true, help: "the column that tells lines apart"),
      Parameter(
        "label", .column, isOptional: true, help: "the column whose words stand at the points"),
      Parameter(
        "front", .yesNo, default: "no", help: "whether to join the points of the Pareto front"),
      Parameter(
        "heat", .yesNo, default: "no", help: "whether to draw a table of numbers as shades"),
      Parameter(
        "scale", .word(["linear", "log"]), default: "linear", help: "how the upright axis counts"),
      Parameter(
        "xscale", .word(["linear", "log"]), default: "linear",
        help: "how the axis along the bottom counts"),
      Parameter("title", .text, isOptional: true, help: "the words over the picture"),
    ],
    results: .kinds([.picture]), precheck: PlotRequest.check,
    examples: [
      "curve a b data=test |> plot", "plot p", "barrier a b data=test |> plot metric=loss",
      "plot p.trace x=seconds y=cost", "plot p x=evaluations xscale=log",
      "plot (compare p q data=test) x=time y=error front=yes xscale=log",
      "t = sweep n in [1, 2, 4, 8] { row square=(n ^ 2) cube=(n ^ 3) }\n"
        + "plot t x=n y=[square, cube] scale=log xscale=log",
      "similarity q |> plot heat=yes",
    ],
    examplePreparation: Examples.twoNetworks + [
      "p = search sa2 a b data=train steps=1k start=random", "q = search weight_match a b",
    ],
    seeAlso: ["export", "curve", "compare", "similarity"]
  ) { call throws(Failure) in
    var picture = try PlotRequest(call).picture(of: call.rest)
    if let title = call.textIfGiven("title") { picture.title = title }
    picture.y.isLogarithmic = call.text("scale") == "log"
    picture.x.isLogarithmic = call.text("xscale") == "log"
    // How long something took is another number in each run.
    let units = [picture.x.unit, picture.y.unit, picture.heat?.unit]
    if units.contains(Self.unitOfTime) { call.report.dependsOnTheClock = true }
    if picture.heat != nil { return [.picture(picture)] }
    guard picture.series.contains(where: { $0.points.contains(where: picture.canShow) }) else {
      throw Failure(
        .badData, "there is no point to draw",
        notes: picture.y.isLogarithmic || picture.x.isLogarithmic
          ? ["a logarithmic axis shows only what is above 0"] : [])
    }
    return [.picture(picture)]
  }
}

/// How something is to be drawn, and the drawing of each kind of value.
struct PlotRequest {
  var metric = CurveMetric.own(.error)
  var x: String?
  /// The columns drawn: one, or several of one measure.
  var y: [String] = []
  var by: String?
  var label: String?
  var hasFront = false
  var isHeat = false
  /// The names of the parameters that were written.
  var given: Set<String> = []

  init(metric: CurveMetric = .own(.error)) { self.metric = metric }

  init(_ call: Invocation) {
    metric = CurveMetric(call.text("metric"))
    x = call.textIfGiven("x")
    y = call.value("y")?.content.words ?? []
    by = call.textIfGiven("by")
    label = call.textIfGiven("label")
    hasFront = call.flag("front")
    isHeat = call.flag("heat")
    given = call.given
  }

  /// Throws where a call that is known to draw a table does not say which columns, or names the
  /// points of a front twice.
  static func check(_ call: StaticCall) throws(Failure) {
    if call.texts["heat"] == "yes" { try refuseBesideHeat(call.given) }
    if call.texts["front"] == "yes", call.given.isSuperset(of: ["by", "label"]) {
      throw Failure(
        .incompatible, "`by=` and `label=` both name the points of a front",
        notes: ["with by= a point is the mean of the rows of one name, with label= it is a row"])
    }
    guard call.kinds["values"] == .table, !call.given.isSuperset(of: ["x", "y"]),
      call.texts["heat"] != "yes"
    else { return }
    throw noColumns(call.columns["values"])
  }

  /// - Parameter names: Those of the table's columns, where they are known.
  static func noColumns(_ names: [String]?) -> Failure {
    Failure(
      .missingArgument, "of a table, `x=` and `y=` say which columns are drawn",
      notes: names.map { ["columns: " + $0.joined(separator: " ")] } ?? [])
  }

  /// One picture of values that are of one kind.
  func picture(of values: [Value]) throws(Failure) -> Picture {
    let all = values.flatMap(\.flattened)
    guard let first = all.first else { throw Failure(.missingArgument, "there is nothing to draw") }
    switch first.content {
    case .curve, .barrier:
      try refuseColumns(x: x)
      return try curves(all)
    case .result:
      try refuseColumns(x: nil)
      return try traces(all)
    case .table(let table):
      guard all.count == 1 else {
        throw Failure(.tooManyArguments, "one table is drawn at a time; got \(all.count) values")
      }
      guard isHeat else { return try columns(of: table) }
      try Self.refuseBesideHeat(given)
      return try heatMap(of: table)
    default:
      throw Failure(
        .wrongKind,
        "`plot` draws curves, barriers, results and tables; got "
          + first.content.described)
    }
  }

  /// Of what is no table, columns cannot be named.
  private func refuseColumns(x: String?) throws(Failure) {
    guard !y.isEmpty || x != nil || by != nil || label != nil || hasFront || isHeat else { return }
    throw Failure(
      .incompatible,
      (x == nil ? "" : "`x=`, ") + "`y=`, `by=`, `label=`, `front=` and `heat=` are for tables",
      notes: [
        x == nil
          ? "`RESULT.trace` is a table: `plot p.trace x=seconds y=cost`"
          : "curves and barriers are drawn over alpha, in the metric that `metric=` says"
      ])
  }

  // MARK: - Curves

  private func curves(_ values: [Value]) throws(Failure) -> Picture {
    var series: [Picture.Series] = []
    var dataNames: [String] = []
    var drawn: [Curve] = []
    for (index, value) in values.enumerated() {
      let name = value.boundName ?? "\(value.content.kind.rawValue) \(index + 1)"
      switch value.content {
      case .curve(let curve):
        try add(curve, name, to: &series)
        drawn.append(curve)
        dataNames.append(curve.dataName)
      case .barrier(let barrier):
        for pair in barrier.pairs {
          let part = barrier.pairs.count > 1 ? "\(name) \(pair.first)-\(pair.second)" : name
          try add(pair.barrier.curve, part, to: &series)
          drawn.append(pair.barrier.curve)
        }
        dataNames.append(barrier.dataName)
      default: throw mixed(value, with: "curves")
      }
    }
    var seen: [String] = []
    for name in dataNames where !seen.contains(name) { seen.append(name) }
    var picture = Picture(
      title: "between the networks, " + seen.joined(separator: " and "),
      x: .init("alpha, the weight of the first network"),
      y: drawn.allSatisfy(metric.isShare)
        ? .init(metric.name, measure: .share) : .init(metric.name), series: series)
    if values.count == 1, series.count == 1 { picture.annotations = try annotation(values[0]) }
    return picture
  }

  /// The line, and under it what it was before its points were recalibrated.
  private func add(
    _ curve: Curve, _ name: String, to series: inout [Picture.Series]
  ) throws(Failure) {
    series.append(Picture.Series(name, try points(of: curve)))
    if let before = curve.before, let recalibration = curve.recalibration {
      series.append(
        Picture.Series("\(name) before \(recalibration.method.rawValue)", try points(of: before)))
    }
  }

  private func points(of curve: Curve) throws(Failure) -> [Picture.Point] {
    zip(curve.alphas, try metric.values(of: curve)).map { Picture.Point($0, $1) }
  }

  /// Where the barrier of a lone curve is.
  private func annotation(_ value: Value) throws(Failure) -> [Picture.Annotation] {
    let barrier: Barrier
    switch value.content {
    case .curve(let curve): barrier = Barrier(curve: curve)
    case .barrier(let measured): barrier = measured.pairs[0].barrier
    default: return []
    }
    let height = try metric.height(of: barrier)
    guard height.height > 0,
      let place = barrier.curve.alphas.firstIndex(of: height.alpha)
    else { return [] }
    let isShare = metric.isShare(in: barrier.curve)
    let text = Content.brief(height.height, isShare ? .points : .plain)
    return [
      Picture.Annotation(
        Picture.Point(height.alpha, try metric.values(of: barrier.curve)[place]),
        "barrier \(text)")
    ]
  }

  func mixed(_ value: Value, with kind: String) -> Failure {
    Failure(
      .wrongKind, "one picture shows values of one kind: \(value.content.described) beside \(kind)")
  }
}

extension Value {
  /// The value itself, or the members of a list.
  fileprivate var flattened: [Value] {
    if case .list(let values) = content { values.flatMap(\.flattened) } else { [self] }
  }
}

extension Picture.Measure {
  /// How numbers of a measure are written along an axis.
  init(_ measure: Content.Measure) {
    switch measure {
    case .plain, .memory: self = .plain
    case .share: self = .share
    case .points: self = .points
    }
  }
}
