import Contract
import Kernel

// The best cost of searches as they went on.
extension PlotRequest {
  /// What the axis along the bottom of traces counts.
  private enum Progress: String, CaseIterable {
    case step, seconds, evaluations
  }

  func traces(_ values: [Value]) throws(Failure) -> Picture {
    guard let progress = Progress(rawValue: x ?? Progress.step.rawValue) else {
      let words = Progress.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw Failure(
        .badChoice, "`x` of a search's trace is one of \(words); got `\(x ?? "")`")
    }
    var found: [(name: String, result: ResultValue)] = []
    for value in values {
      guard case .result(let result) = value.content else { throw mixed(value, with: "results") }
      found.append((value.boundName ?? result.method.label, result))
    }
    try Self.checkOneCost(found)
    let first = found[0].result
    var axis: Picture.Axis
    switch progress {
    case .step: axis = .init("step", unit: try Self.stepUnit(of: found))
    case .seconds: axis = .init("time", unit: Command.unitOfTime)
    case .evaluations:
      try Self.checkEvaluations(found)
      axis = .init("evaluations of the cost")
    }
    axis.showsZeroAtEdge = true
    return Picture(
      title: "best cost of the search", x: axis,
      y: .init(first.costWords, measure: Picture.Measure(first.costMeasure)),
      series: found.map { name, result in
        Picture.Series(name, Self.points(of: result, by: progress), style: .steps)
      })
  }

  private static func points(of result: ResultValue, by progress: Progress) -> [Picture.Point] {
    // What there was before the first step.
    let before =
      switch progress {
      case .step: 0.0
      case .seconds: result.outcome.figure("start seconds") ?? 0
      case .evaluations: result.outcome.figure("trial moves") ?? 0
      }
    var points = result.outcome.trace.map { point in
      let place =
        switch progress {
        case .seconds: before + point.seconds
        case .step: Double(point.step)
        case .evaluations: before + Double(point.step * result.chainCount)
        }
      return Picture.Point(place, point.cost)
    }
    // The best cost holds to the end of the search.
    let end: Double? =
      switch progress {
      case .seconds: result.seconds
      case .step:
        result.method.card.scoresEachStep
          ? Double(result.outcome.steps / result.chainCount) : nil
      case .evaluations: before + Double(result.outcome.steps)
      }
    if let last = points.last, let end, end > last.x {
      points.append(Picture.Point(end, last.y))
    }
    return points
  }

  // MARK: - What shares a picture

  /// One axis beside 0–10 % and a squared distance of 1671 would show neither.
  private static func checkOneCost(
    _ found: [(name: String, result: ResultValue)]
  ) throws(Failure) {
    let first = found[0]
    for other in found.dropFirst()
    where other.result.costWords != first.result.costWords
      || other.result.costMeasure != first.result.costMeasure
    {
      throw Failure(
        .incompatible,
        "one axis shows one cost: `\(first.name)` lowers the \(first.result.costWords), "
          + "`\(other.name)` the \(other.result.costWords)",
        notes: [
          "draw each cost in a picture of its own",
          "`compare … data=…` measures what searches of any cost leave",
        ])
    }
  }

  /// What all of them call a step, such as `moves`.
  private static func stepUnit(
    of found: [(name: String, result: ResultValue)]
  ) throws(Failure) -> String {
    let first = found[0]
    for other in found.dropFirst() where other.result.stepWords != first.result.stepWords {
      throw Failure(
        .incompatible,
        "steps of `\(first.name)` are \(first.result.stepWords), those of `\(other.name)` "
          + other.result.stepWords,
        notes: ["`x=seconds` is the same for all"])
    }
    return first.result.stepWords
  }

  private static func checkEvaluations(
    _ found: [(name: String, result: ResultValue)]
  ) throws(Failure) {
    for (name, result) in found where !result.method.card.scoresEachStep {
      throw Failure(
        .incompatible,
        "`\(name)` counts \(result.stepWords) and not how often it scored its cost",
        notes: ["`x=seconds` and `x=step` draw it"])
    }
  }
}

extension ResultValue {
  /// What the method counts, as more than one: `moves`, and of several chains those of each.
  fileprivate var stepWords: String {
    method.card.stepWords + (chainCount > 1 ? " of each chain" : "")
  }

  /// How many chains ran in step: the trace counts the steps of each, the outcome those of all.
  fileprivate var chainCount: Int {
    guard method.card.scoresEachStep else { return 1 }
    return ["restarts", "chains"].reduce(1) { count, name in
      count * max(outcome.figure(name).flatMap { Int(exactly: $0) } ?? 1, 1)
    }
  }
}
