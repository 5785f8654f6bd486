/// The blends of two networks, and the barrier between them in whole units.
final class PairBarrier {
  let first: Int
  let second: Int
  /// Whole units that are a barrier of 1.
  let unitsPerCost: Double
  /// What the barrier cannot fall below, since the ends are on the line: with the baseline `line`
  /// nothing, with `mean` the rise at the worse end.
  let leastUnits: Int
  /// The mean of both ends' values.
  let endUnits: Int
  /// The blends within the line.
  private(set) var blends: [any AverageErrorEvaluator] = []
  /// The same, where it is their losses that count.
  private var lossBlends: [any AverageLossEvaluator] = []
  /// The barrier now, or as it was last noted.
  private(set) var units = 0

  /// The most that a loss is counted as, in units.
  let mostLoss: Int

  private let ends: (Score, Score)
  private let measure: PairwiseBarrierEvaluator.Measure
  /// The place of each blend on the grid.
  private var places: [Int] = []

  /// - Parameters:
  ///   - ends: The scores of the first network, at α = 1, and of the second.
  ///   - mostLoss: The most that a loss is counted as, in units.
  init(
    first: Int, second: Int, ends: (Score, Score), measure: PairwiseBarrierEvaluator.Measure,
    mostLoss: Int
  ) {
    self.mostLoss = mostLoss
    self.first = first
    self.second = second
    self.ends = ends
    self.measure = measure
    let (one, two) = ends
    switch measure.metric {
    case .error:
      let factor = Self.factor(measure)
      unitsPerCost = Double(factor * max(one.count, 1))
      endUnits = factor / 2 * (one.errorCount + two.errorCount)
      leastUnits = measure.baseline == .mean ? abs(one.errorCount - two.errorCount) : 0
    case .loss:
      unitsPerCost = Self.unitsPerNat
      endUnits = Self.units(0.5 * (one.loss + two.loss), most: mostLoss)
      leastUnits =
        measure.baseline == .mean
        ? Self.units(0.5 * abs(one.loss - two.loss), most: mostLoss) : 0
    }
  }

  /// Its own copy of another, or `nil` where the blends have none.
  init?(copying other: PairBarrier, pool: WorkPool) {
    first = other.first
    second = other.second
    mostLoss = other.mostLoss
    unitsPerCost = other.unitsPerCost
    leastUnits = other.leastUnits
    endUnits = other.endUnits
    units = other.units
    ends = other.ends
    measure = other.measure
    places = other.places
    for blend in other.blends {
      guard let copy = blend.copy(pool: pool) else { return nil }
      keep(copy)
    }
  }

  /// Adds a blend within the line; those at which a move is likely to fail come first.
  ///
  /// It must know its loss where that is measured.
  func add(_ blend: any AverageErrorEvaluator, at place: Int) {
    keep(blend)
    places.append(place)
  }

  private func keep(_ blend: any AverageErrorEvaluator) {
    blends.append(blend)
    guard measure.metric == .loss else { return }
    guard let blend = blend as? any AverageLossEvaluator else {
      preconditionFailure("an evaluator that knows no loss")
    }
    lossBlends.append(blend)
  }

  var wasCut: Bool { blends.contains { $0.wasCut } }

  /// The barrier after a move, of which only swaps of these two matter; `nil` where it would be more than `limit`, or
  /// where the question was given up.
  func units(after swaps: [Swap], limit: Int) -> Int? {
    guard leastUnits <= limit else { return nil }
    let swaps = own(swaps)
    var highest = leastUnits
    for (index, place) in places.enumerated() {
      let rise: Int
      switch measure.metric {
      case .error:
        // factor · errors − line ≤ limit, rounded down.
        let (factor, line) = (Self.factor(measure), errorLine(at: place))
        let most = limit + line
        guard most >= 0, let errors = blends[index].errors(after: swaps, limit: most / factor)
        else {
          return nil
        }
        rise = factor * errors - line
      case .loss:
        guard let loss = lossBlends[index].loss(after: swaps) else { return nil }
        rise = lossRise(loss, at: place)
      }
      guard rise <= limit else { return nil }
      highest = max(highest, rise)
    }
    return highest
  }

  func commit(_ swaps: [Swap]) {
    let swaps = own(swaps)
    for blend in blends { blend.commit(swaps) }
  }

  /// Goes to the permutations of all networks.
  func restart(from permutations: [NetworkPermutation]) {
    for blend in blends { blend.restart(from: [permutations[first], permutations[second]]) }
  }

  /// Notes what the barrier is now.
  func note() {
    units = places.enumerated().reduce(leastUnits) { highest, item in
      let (index, place) = item
      let rise =
        measure.metric == .error
        ? Self.factor(measure) * blends[index].errorCount - errorLine(at: place)
        : lossRise(lossBlends[index].loss, at: place)
      return max(highest, rise)
    }
  }

  /// The swaps of these two networks, by their numbers in the blends.
  private func own(_ swaps: [Swap]) -> [Swap] {
    var own: [Swap] = []
    for swap in swaps where swap.network == first || swap.network == second {
      own.append(
        Swap(network: swap.network == first ? 0 : 1, group: swap.group, a: swap.a, b: swap.b))
    }
    return own
  }

  /// Units of one wrong sample: so many that the line between the ends is whole at every point.
  private static func factor(_ measure: PairwiseBarrierEvaluator.Measure) -> Int {
    measure.baseline == .mean ? 2 : measure.points - 1
  }

  /// What is subtracted from the errors at a point, in units.
  private func errorLine(at place: Int) -> Int {
    let (one, two) = (ends.0.errorCount, ends.1.errorCount)
    return measure.baseline == .mean
      ? one + two : (measure.points - 1) * two + place * (one - two)
  }

  private func lossRise(_ loss: Double, at place: Int) -> Int {
    let (one, two) = (ends.0.loss, ends.1.loss)
    let alpha = Double(place) / Double(measure.points - 1)
    let line = measure.baseline == .mean ? 0.5 * (one + two) : two + alpha * (one - two)
    return Self.units(loss - line, most: mostLoss)
  }

  private static let unitsPerNat = 0x1p32

  /// The most that a loss is counted as beside so many pairs, in units: some 260 000 nats, and with
  /// more than a thousand pairs less, so that a sum over all of them is a whole number that a limit
  /// can be above.
  static func mostLoss(pairs: Int) -> Int { min(1 << 50, (1 << 60) / max(pairs, 1)) }

  private static func units(_ nats: Double, most: Int) -> Int {
    let value = nats * unitsPerNat
    guard value < Double(most) else { return most }
    return Int(max(value, -Double(most)).rounded())
  }
}
