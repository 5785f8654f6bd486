import Contract
import Kernel

/// What is known of a value before it is there.
struct StaticValue {
  /// The kind, or `nil` where it depends on what happens.
  var kind: ValueKind?
  /// The value itself, where it is written out.
  var content: Content?
  /// The kind of each element of a list or of networks, where that is one kind.
  var elementKind: ValueKind?
  /// How many networks or elements there are.
  var count: Int?
  /// The names of a table's columns.
  var columns: [String]?
  /// The parts that the metrics in a score, a curve or a barrier have, where it is there.
  var metricParts: [String]?
  /// Tells apart what certainly is the same value from what may be another.
  var identity: String?

  /// A value of which nothing is known.
  static let unknown = StaticValue()

  init(
    kind: ValueKind? = nil, content: Content? = nil, elementKind: ValueKind? = nil,
    count: Int? = nil, identity: String? = nil
  ) {
    self.kind = kind ?? content?.kind
    self.content = content
    self.elementKind = elementKind
    self.count = count
    self.identity = identity
  }

  /// What a value that is there is known to be.
  init(_ value: Value, identity: String) {
    kind = value.kind
    self.identity = identity
    switch value.content {
    case .integer, .real, .text, .path, .yesNo, .time, .range, .symbol, .method:
      content = value.content
    case .list(let values):
      count = values.count
      let kinds = Set(values.map(\.kind))
      elementKind = kinds.count == 1 ? kinds.first : nil
    case .networks(let networks):
      count = networks.count
      elementKind = .network
    case .table(let table): columns = table.columns.map(\.name)
    case .score, .curve, .barrier: metricParts = value.content.metricParts.map(\.name)
    default: break
    }
  }

  /// Whether this is a number, a time included; `nil` where that is not known.
  var isNumber: Bool? {
    kind.map { [.integer, .real, .time].contains($0) }
  }
}
