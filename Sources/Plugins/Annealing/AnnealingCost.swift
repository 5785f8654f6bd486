import Foundation
import Kernel

/// What an annealing lowers, in whole units, and what a move would make of it.
///
/// Whole numbers, so that a decision is exact: a move is accepted where it leaves at most so many
/// units, and the evaluator may stop as soon as there are more.
protocol AnnealingCost: AnyObject {
  /// The cost now, in units.
  var units: Int { get }
  /// Units that are a cost of 1.
  var unitsPerCost: Double { get }
  /// No cost is larger, in units.
  var mostUnits: Int { get }
  /// How many of the least changes that a move makes are a cost of 1: the coldest temperature that
  /// makes sense is a twentieth of one.
  var changesPerCost: Double { get }
  /// What is added to a cost before two starts are compared, in units: what it leaves out of an
  /// error.
  var unitsLeftOut: Int { get }
  /// Whether a cost is a share, shown in percent.
  var isShare: Bool { get }
  var sampleCount: Int { get }
  var permutations: [NetworkPermutation] { get }

  /// The cost after a move, in units, or `nil` where it would be more than `limit` and that was
  /// found out early. Changes nothing.
  func units(after swaps: [Swap], limit: Int) -> Int?
  func commit(_ swaps: [Swap])
  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]])
  /// Whether the last question or commit was given up since somebody asked to stop: the question has
  /// no answer, and after the commit this is of no use until it is restarted.
  var wasCut: Bool { get }
  /// Where parallel work is done.
  var pool: WorkPool { get set }
  /// Another one that stands where this one does, or `nil` where making one anew is as quick.
  func copy(pool: WorkPool) -> (any AnnealingCost)?
}

extension AnnealingCost {
  func restart(from permutations: [NetworkPermutation]) { restart(from: permutations, then: []) }

  /// A cost as people read it.
  func text(_ units: Int) -> String {
    let cost = Double(units) / unitsPerCost
    return isShare ? String(format: "%.2f%%", 100 * cost) : String(format: "%.4f", cost)
  }
}

/// The error of the average: a unit is a wrong sample.
final class AverageErrorCost: AnnealingCost {
  private let evaluator: any AverageErrorEvaluator

  init(_ evaluator: any AverageErrorEvaluator) { self.evaluator = evaluator }

  var units: Int { evaluator.errorCount }
  var unitsPerCost: Double { Double(evaluator.sampleCount) }
  var mostUnits: Int { evaluator.sampleCount }
  var changesPerCost: Double { unitsPerCost }
  var unitsLeftOut: Int { 0 }
  var isShare: Bool { true }
  var sampleCount: Int { evaluator.sampleCount }
  var permutations: [NetworkPermutation] { evaluator.permutations }
  var wasCut: Bool { evaluator.wasCut }
  var pool: WorkPool {
    get { evaluator.pool }
    set { evaluator.pool = newValue }
  }

  func units(after swaps: [Swap], limit: Int) -> Int? {
    evaluator.errors(after: swaps, limit: limit)
  }
  func commit(_ swaps: [Swap]) { evaluator.commit(swaps) }
  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    evaluator.restart(from: permutations, then: moves)
  }
  func copy(pool: WorkPool) -> (any AnnealingCost)? {
    evaluator.copy(pool: pool).map(AverageErrorCost.init)
  }
}

/// The mean pairwise barrier: units are those of its evaluator.
final class PairwiseBarrierCost: AnnealingCost {
  private let evaluator: PairwiseBarrierEvaluator

  init(_ evaluator: PairwiseBarrierEvaluator) { self.evaluator = evaluator }

  var units: Int { evaluator.units }
  var unitsPerCost: Double { evaluator.unitsPerCost }
  var mostUnits: Int { evaluator.mostUnits }
  var changesPerCost: Double { Double(evaluator.pairCount * evaluator.sampleCount) }
  var unitsLeftOut: Int { evaluator.endUnits }
  var isShare: Bool { evaluator.measure.metric == .error }
  var sampleCount: Int { evaluator.sampleCount }
  var permutations: [NetworkPermutation] { evaluator.permutations }
  var wasCut: Bool { evaluator.wasCut }
  var pool: WorkPool {
    get { evaluator.pool }
    set { evaluator.pool = newValue }
  }

  func units(after swaps: [Swap], limit: Int) -> Int? {
    evaluator.units(after: swaps, limit: limit)
  }
  func commit(_ swaps: [Swap]) { evaluator.commit(swaps) }
  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    evaluator.restart(from: permutations, then: moves)
  }
  func copy(pool: WorkPool) -> (any AnnealingCost)? {
    evaluator.copy(pool: pool).map(PairwiseBarrierCost.init)
  }
}
