import Kernel

/// A method that searches for permutations (or learned networks) that remove a barrier.
///
/// A plugin is a value made from its settings. Making it does no work; `search` does. Network 1
/// stays as it is and the others move, unless a parameter of the method says otherwise.
///
/// What every plugin promises, and the conformance suite checks: the same task gives the same
/// outcome to the last bit at any number of threads; the given networks are untouched; equal
/// networks come back equal; a raised stop signal ends the search soon with the best so far; a
/// resumed search equals an unbroken one.
public protocol SearchPlugin: Searcher {
  /// What the method is and takes.
  static var card: MethodCard { get }

  /// Makes the method from checked settings; throws where they contradict each other.
  init(_ settings: Settings) throws(Failure)
}

/// A method with its settings, ready to search.
public protocol Searcher: Sendable {
  /// Searches, and returns the best that was found.
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome
}

/// Everything a search is given.
public struct SearchTask: Sendable {
  /// At least as many networks as the card asks for, of one architecture.
  public var networks: [Network]
  /// The data to score on, where the method wants some.
  public var data: DataSet?
  /// The source of every random number the search draws.
  public var random: RandomStream
  /// The permutations to begin from, one per network, where `start=` gave some: at random, of a
  /// result, or of another method.
  public var start: [NetworkPermutation]?
  /// Whether `start` was drawn at random, as with `start=random`.
  ///
  /// A method that begins several times then draws a start of its own for each further time;
  /// otherwise all begin at `start`.
  public var startsAtRandom: Bool
  /// The word of the card's `startWords` that `start=` gave, if it gave one.
  public var startWord: String?
  /// Where parallel work is done.
  public var pool: WorkPool
  /// Raised when somebody wants the search to end soon; look at it at least ten times a second.
  public var stop: StopSignal
  /// Takes reports for the progress line; cheap to call.
  public var progress: ProgressSink
  /// The state to go on from, if this search was stopped before.
  public var checkpoint: SearchCheckpoint?
  /// Keeps a state from which the search could go on; a method that can resume calls it every few
  /// seconds once it has one, at the next move or pass that is whole.
  public var keepCheckpoint: @Sendable (SearchCheckpoint) -> Void

  public init(
    networks: [Network], data: DataSet? = nil, random: RandomStream,
    start: [NetworkPermutation]? = nil, startsAtRandom: Bool = false, startWord: String? = nil,
    pool: WorkPool = .shared, stop: StopSignal = StopSignal(), progress: ProgressSink = .none,
    checkpoint: SearchCheckpoint? = nil,
    keepCheckpoint: @escaping @Sendable (SearchCheckpoint) -> Void = { _ in }
  ) {
    self.networks = networks
    self.data = data
    self.random = random
    self.start = start
    self.startsAtRandom = startsAtRandom
    self.startWord = startWord
    self.pool = pool
    self.stop = stop
    self.progress = progress
    self.checkpoint = checkpoint
    self.keepCheckpoint = keepCheckpoint
  }
}

/// A state from which a search goes on as if it had never stopped.
public struct SearchCheckpoint: Hashable, Sendable, Codable {
  /// The id and version of the method that wrote it.
  public var method: String
  /// How much of the search is done, 0...1.
  public var share: Double
  /// The method's own state.
  public var bytes: [UInt8]

  public init(method: String, share: Double, bytes: [UInt8]) {
    self.method = method
    self.share = share
    self.bytes = bytes
  }

  /// The seconds that a state, read from a file that anybody can write to, may tell of: a hundred
  /// years, as for budgets.
  public static let possibleSeconds = 0...3.2e9
}

/// What every search gives back, so that any of them can stand where another stood.
public struct SearchOutcome: Sendable {
  /// One permutation per network, or `nil` for a method that learns weights.
  public var permutations: [NetworkPermutation]?
  /// The networks as the search leaves them, where it learns weights; otherwise the given networks,
  /// permuted, are made from `permutations`.
  public var learnedNetworks: [Network]?
  /// The average of the networks as the search leaves them, where that is not the mean of all their
  /// arrays: with statistics measured for it, or recalibrated otherwise.
  public var average: Network?
  /// The cost of what is returned, in the unit of the card's `costName`.
  public var cost: Double?
  /// The cost before the search.
  public var startCost: Double?
  /// The best cost against steps and seconds.
  public var trace: [TracePoint]
  /// Whether it ended by itself, and why.
  public var status: SearchStatus
  /// Moves made, or passes, as the method counts them.
  public var steps: Int
  /// Facts that a reader of the numbers should know, one sentence each.
  public var notes: [String]
  /// Numbers that the method wants to show, in order.
  public var figures: [Figure]
  /// The state to go on from, where the search was stopped.
  public var checkpoint: SearchCheckpoint?

  public init(
    permutations: [NetworkPermutation]?, learnedNetworks: [Network]? = nil,
    average: Network? = nil, cost: Double? = nil,
    startCost: Double? = nil, trace: [TracePoint] = [], status: SearchStatus = .finished("done"),
    steps: Int = 0, notes: [String] = [], figures: [Figure] = [],
    checkpoint: SearchCheckpoint? = nil
  ) {
    self.permutations = permutations
    self.learnedNetworks = learnedNetworks
    self.average = average
    self.cost = cost
    self.startCost = startCost
    self.trace = trace
    self.status = status
    self.steps = steps
    self.notes = notes
    self.figures = figures
    self.checkpoint = checkpoint
  }

  /// A number with its name, such as `restarts 3`.
  public struct Figure: Hashable, Sendable {
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The figure of a name; `nil` where the search has none.
  public func figure(_ name: String) -> Double? { figures.first { $0.name == name }?.value }
}

/// One point of a search's trace.
public struct TracePoint: Hashable, Sendable {
  public var step: Int
  public var seconds: Double
  public var cost: Double

  public init(step: Int, seconds: Double, cost: Double) {
    self.step = step
    self.seconds = seconds
    self.cost = cost
  }
}

/// How a search ended.
public enum SearchStatus: Hashable, Sendable {
  /// By itself; the reason in a few words, such as `all steps made` or `cost zero`.
  case finished(String)
  /// Stopped; the share done, 0...1, and by what, such as `stopped` or `budget`.
  case partial(Double, String)

  public var isPartial: Bool {
    if case .partial = self { return true }
    return false
  }
}
