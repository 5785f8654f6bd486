/// Two hidden units of one network exchange their places in the average.
public struct Swap: Hashable, Sendable {
  /// Which network moves, from 0.
  public var network: Int
  /// Which group of axes, in the order of `Graph.axisGroups`.
  public var group: Int
  /// Two different positions in that group.
  public var a: Int
  public var b: Int

  public init(network: Int, group: Int, a: Int, b: Int) {
    self.network = network
    self.group = group
    self.a = a
    self.b = b
  }
}

/// Keeps the average of permuted networks and says how many samples it gets wrong after a move.
///
/// A move is one swap or several at once; no two swaps of one move touch the same group of the same
/// network, so that their order does not matter.
///
/// There is a plain one (`PlainAverageEvaluator`: permute, average, forward) and a fast one each for
/// one hidden layer (`IncrementalAverageEvaluator`) and for several (`LayeredAverageEvaluator`). A
/// search runs on any of them; tests run it on all.
public protocol AverageErrorEvaluator: AnyObject {
  /// How many samples are looked at.
  var sampleCount: Int { get }
  /// How many the average gets wrong now.
  var errorCount: Int { get }
  /// The permutations now, one per network.
  var permutations: [NetworkPermutation] { get }

  /// How many samples would be wrong after a move, or `nil` where that would be more than `limit`
  /// and the evaluator found it out early. Changes nothing.
  func errors(after swaps: [Swap], limit: Int) -> Int?

  /// Makes a move.
  func commit(_ swaps: [Swap])

  /// Goes to other permutations, everything computed from scratch.
  func restart(from permutations: [NetworkPermutation])

  /// As `restart` and a commit of each move.
  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]])

  /// Whether the last question or commit was given up since somebody asked to stop: the question
  /// has no answer, and after the commit the evaluator is of no use until it is restarted.
  var wasCut: Bool { get }

  /// Where parallel work is done.
  var pool: WorkPool { get set }

  /// Another evaluator that stands where this one does, or `nil` where making one anew is as quick.
  func copy(pool: WorkPool) -> (any AverageErrorEvaluator)?
}

/// An evaluator that knows the loss, too.
public protocol AverageLossEvaluator: AverageErrorEvaluator {
  /// The mean cross-entropy of the average now.
  var loss: Double { get }

  /// The loss after a move, or `nil` where the question was given up. Changes nothing.
  func loss(after swaps: [Swap]) -> Double?
}

extension AverageErrorEvaluator {
  public func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    restart(from: permutations)
    for move in moves { commit(move) }
  }

  /// A move of one swap.
  public func errors(after swap: Swap, limit: Int) -> Int? { errors(after: [swap], limit: limit) }

  /// Makes a move of one swap.
  public func commit(_ swap: Swap) { commit([swap]) }

  /// An evaluator whose questions are short answers all of them.
  public var wasCut: Bool { false }

  public func copy(pool: WorkPool) -> (any AverageErrorEvaluator)? { nil }
}
