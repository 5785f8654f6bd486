import Contract
import Kernel

/// A value of the language: what it is, and how it came to be.
///
/// Values never change. Commands return contents; the interpreter adds the provenance.
struct Value: Sendable {
  let content: Content
  let provenance: Provenance
  /// What is missing, where the work that makes the value was stopped.
  let partial: Partial?
  private let hashBox = HashBox()

  init(_ content: Content, _ provenance: Provenance, partial: Partial? = nil) {
    self.content = content
    self.provenance = provenance
    self.partial = partial
  }

  /// The kind that checks and messages speak of.
  var kind: ValueKind { content.kind }

  /// The hash of the canonical bytes; computed at first use and kept.
  var contentHash: ContentHash {
    if case .data(let data) = content { return data.contentHash }
    return hashBox.hash { content.computeContentHash() }
  }
}

extension Value {
  /// The values in a list, those of lists inside it included; any other value by itself.
  var members: [Value] {
    if case .list(let values) = content { values.flatMap(\.members) } else { [self] }
  }
}

/// What a value is, by kind.
enum Content: Sendable {
  case nothing
  case integer(Int)
  /// A real number with what it measures, so that it is shown as people write it.
  case real(Double, Measure)
  case text(String)
  case path(String)
  case yesNo(Bool)
  /// A length of time in seconds.
  case time(Double)
  case list([Value])
  /// Two numbers `a..b`, both included.
  case range(Bounds)
  /// A bare word that is no value.
  case symbol(String)
  case network(Network)
  case networks([Network])
  case data(DataSet)
  /// One per network, with the layers that they are for.
  case permutations([NetworkPermutation], layers: [PermutationFile.Group])
  case curve(Curve)
  case barrier(BarrierValue)
  case score(ScoreValue)
  case table(Table)
  case method(ConfiguredMethod)
  case result(ResultValue)
  case picture(Picture)

  /// A plain real number.
  static func real(_ value: Double) -> Content { .real(value, .plain) }
  /// A share of one, such as an error or an accuracy: 0.062, shown as 6.2%.
  static func share(_ value: Double) -> Content { .real(value, .share) }
  /// A difference of shares: 0.062, shown as 6.2 points.
  static func points(_ value: Double) -> Content { .real(value, .points) }

  /// What a real number measures.
  enum Measure: String, Hashable, Sendable {
    case plain, share, points
    /// Bytes.
    case memory
  }

  /// Two numbers, both included.
  struct Bounds: Hashable, Sendable {
    var lower: Double
    var upper: Double
    /// Whether both were whole numbers, so that the range can be counted through.
    var isWhole: Bool
    var measure: Measure = .plain

    /// The whole numbers in it, where it is a range of whole numbers.
    var integers: ClosedRange<Int>? {
      guard isWhole, let lower = Int(exactly: lower), let upper = Int(exactly: upper),
        lower <= upper
      else { return nil }
      return lower...upper
    }
  }

  var kind: ValueKind {
    switch self {
    case .nothing: .nothing
    case .integer: .integer
    case .real: .real
    case .text: .text
    case .path: .path
    case .yesNo: .yesNo
    case .time: .time
    case .list: .list
    case .range: .range
    case .symbol: .symbol
    case .network: .network
    case .networks: .networks
    case .data: .data
    case .permutations: .permutations
    case .curve: .curve
    case .barrier: .barrier
    case .score: .score
    case .table: .table
    case .method: .method
    case .result: .result
    case .picture: .picture
    }
  }

  /// The number, where it is one; times are seconds and shares are of one.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value, _), .time(let value): value
    default: nil
    }
  }
}

/// What is missing in a value whose making was stopped.
struct Partial: Sendable {
  /// The share done, 0...1.
  let share: Double
  /// By what it was stopped, such as `stopped` or `budget`.
  let reason: String
  /// The file from which the same command goes on, where `checkpoint=` named one.
  let checkpoint: String?
  /// Goes on as if the work had never stopped, where that can be done; `resume` calls it.
  let resume: (@Sendable (Invocation) throws(Failure) -> [Content])?

  init(
    share: Double, reason: String, checkpoint: String? = nil,
    resume: (@Sendable (Invocation) throws(Failure) -> [Content])? = nil
  ) {
    self.share = share
    self.reason = reason
    self.checkpoint = checkpoint
    self.resume = resume
  }
}
