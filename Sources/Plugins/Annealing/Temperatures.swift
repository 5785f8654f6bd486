import Foundation
import Kernel

/// From where to where the temperature of an annealing goes, in the unit of its cost.
struct Temperatures: Hashable, Sendable, Codable {
  var highest: Double
  var lowest: Double

  /// T = T_max · exp(−ln(T_max/T_min) · k/k_max), as in simanneal.
  func at(step: Int, of steps: Int) -> Double {
    highest * exp(-log(highest / lowest) * Double(step) / Double(steps))
  }
}

/// Finds temperatures by a trial chain that cools until hardly anything is accepted.
///
/// The highest is where the share of accepted moves has fallen to a fifth, the lowest where none of
/// a hundred is accepted or where T is a twentieth of one sample. A start that is already aligned
/// needs a colder highest one (5 %): at a fifth it would be destroyed and never come back. The trial
/// has a stream of its own, so that the moves of the search proper do not depend on its length.
struct TemperatureTrial {
  /// Moves before the first temperature, at each, and in all: twenty temperatures at most.
  static let meanChangeMoves = 50
  static let movesPerTemperature = 100
  static let mostMoves = meanChangeMoves + 20 * movesPerTemperature
  static let coolingFactor = 1.5

  var cost: any AnnealingCost
  var moves: MoveSource
  var isAligned: Bool
  var stop: StopSignal
  var progress = ProgressSink.none
  /// Moves of the search that comes after the trial.
  var steps = 0
  /// Whether the person was told how long it all will take.
  private(set) var hasAdvised = false
  private(set) var made = 0
  private let unitsPerCost: Double
  private let begin = ContinuousClock.now
  private var lastReport = ContinuousClock.now

  init(cost: any AnnealingCost, moves: MoveSource, isAligned: Bool) {
    self.cost = cost
    unitsPerCost = cost.unitsPerCost
    self.moves = moves
    self.isAligned = isAligned
    stop = StopSignal()
  }

  /// Runs the trial, or as much of it as there is time for.
  ///
  /// The cost is left where the trial ended; the caller restarts it.
  mutating func run() -> Temperatures {
    let high = isAligned ? 0.05 : 0.2
    var temperature = 2 * meanChange() / unitsPerCost
    let coldest = 0.05 / cost.changesPerCost
    guard temperature > coldest else {
      return Temperatures(highest: 2 * coldest, lowest: coldest)
    }
    var highest: Double?
    while true {
      let accepted = acceptedShare(at: temperature)
      if highest == nil, accepted <= high { highest = temperature }
      let isCold = highest != nil && accepted == 0
      if isCold || temperature < coldest || made >= Self.mostMoves || stop.isRaised {
        // A chain that never fell below the first mark cools over a decade from where it is.
        return Temperatures(highest: highest ?? 10 * temperature, lowest: temperature)
      }
      temperature /= Self.coolingFactor
    }
  }

  private mutating func meanChange() -> Double {
    var sum = 0
    for _ in 0..<Self.meanChangeMoves where goesOn() {
      _ = moves.next()
      let units = cost.units(after: moves.swaps, limit: Acceptance.noLimit) ?? cost.units
      sum += abs(units - cost.units)
    }
    return Double(sum) / Double(Self.meanChangeMoves)
  }

  private mutating func acceptedShare(at temperature: Double) -> Double {
    var accepted = 0
    for _ in 0..<Self.movesPerTemperature where goesOn() {
      let draw = moves.next()
      let limit = Acceptance.metropolis.limit(
        now: cost.units, unitsPerCost: unitsPerCost, temperature: temperature, draw: draw)
      if cost.units(after: moves.swaps, limit: limit).map({ $0 <= limit }) ?? false {
        cost.commit(moves.swaps)
        accepted += 1
      }
    }
    return Double(accepted) / Double(Self.movesPerTemperature)
  }

  /// Counts a move and says how far the trial is; false where somebody asked to stop.
  ///
  /// On deep networks a move can take half a second: each one is told and can be the last.
  private mutating func goesOn() -> Bool {
    guard !stop.isRaised else { return false }
    let now = ContinuousClock.now
    if now - lastReport > Self.timeBetweenReports {
      lastReport = now
      progress.report(report(after: now - begin))
    }
    made += 1
    return true
  }

  /// Longer than the trial of a quick search, which has nothing to tell.
  private static let timeBetweenReports = Duration.milliseconds(200)

  private mutating func report(after time: Duration) -> ProgressReport {
    var report = ProgressReport(
      share: 0, facts: [.init("trial", "\(made)/\(Self.mostMoves)")])
    if !hasAdvised, time > AnnealingChain.timeOfFirstMoves {
      hasAdvised = true
      report.advice = AnnealingChain.advice(
        seconds: time.inSeconds, moves: made, left: steps + Self.mostMoves - made,
        samples: cost.sampleCount)
    }
    return report
  }
}

/// When a move is accepted.
enum Acceptance: String, Hashable, Sendable, CaseIterable {
  /// With probability exp(−Δ/T) (Metropolis et al. 1953).
  case metropolis
  /// Only when it is better: Algorithm 1 as printed.
  case greedy

  /// No cost is as large, in units.
  static let noLimit = 1 << 61

  /// The most units of cost with which a move is accepted.
  ///
  /// u ≤ exp(−Δ/T) is Δ ≤ −T ln u; in N whole units of a cost the bound is floor(N(cost − T ln u)).
  /// Drawing u first lets the evaluator stop counting as soon as the bound is passed.
  ///
  /// - Parameter draw: u in (0, 1].
  func limit(now: Int, unitsPerCost: Double, temperature: Double, draw: Double) -> Int {
    switch self {
    case .metropolis:
      let allowance = -temperature * log(draw) * unitsPerCost
      return now + Int(min(allowance, Double(Self.noLimit)).rounded(.down))
    case .greedy: return now - 1
    }
  }
}
