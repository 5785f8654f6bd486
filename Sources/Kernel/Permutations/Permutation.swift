/// A reordering of `0..<count`: position `i` receives the unit that was at `sources[i]`.
///
/// A network keeps its function when every axis that touches a hidden layer is reordered by the
/// same permutation; see `AxisGroup` for which axes those are. A permutation is always a gather;
/// `inverse` says where each unit went.
public struct Permutation: Hashable, Sendable {
  /// For each position, the unit that goes there.
  public let sources: [Int]

  /// The number of units.
  public var count: Int { sources.count }

  /// A permutation from its sources, or `nil` where they are not each of `0..<count` once.
  public init?(_ sources: [Int]) {
    guard Self.isValid(sources) else { return nil }
    self.sources = sources
  }

  /// The permutation that leaves everything in place.
  public init(identity count: Int) { sources = Array(0..<count) }

  /// A uniformly random permutation.
  public init(random count: Int, from stream: inout RandomStream) {
    sources = stream.nextOrder(count: count)
  }

  private init(unchecked sources: [Int]) {
    assert(Self.isValid(sources))
    self.sources = sources
  }

  /// The permutation that undoes this one.
  public var inverse: Permutation {
    var result = [Int](repeating: 0, count: count)
    for (position, source) in sources.enumerated() { result[source] = position }
    return Permutation(unchecked: result)
  }

  /// The permutation that does `first` and then this one.
  public func after(_ first: Permutation) -> Permutation {
    precondition(count == first.count, "permutations of \(count) and \(first.count) units")
    return Permutation(unchecked: sources.map { first.sources[$0] })
  }

  /// This permutation with what stands at two positions exchanged.
  public func swapping(_ a: Int, _ b: Int) -> Permutation {
    var result = sources
    result.swapAt(a, b)
    return Permutation(unchecked: result)
  }

  /// `values` in the new order.
  public func applied<Element>(to values: [Element]) -> [Element] {
    precondition(values.count == count, "\(values.count) values for \(count) units")
    return sources.map { values[$0] }
  }

  /// How many positions keep their unit.
  public var fixedPointCount: Int {
    sources.enumerated().reduce(0) { $0 + ($1.offset == $1.element ? 1 : 0) }
  }

  public var isIdentity: Bool { fixedPointCount == count }

  private static func isValid(_ sources: [Int]) -> Bool {
    var seen = [Bool](repeating: false, count: sources.count)
    for source in sources {
      guard sources.indices.contains(source), !seen[source] else { return false }
      seen[source] = true
    }
    return true
  }
}

extension Permutation {
  /// The lengths of the cycles that it falls into, fixed points included, from the longest on.
  public var cycleLengths: [Int] {
    var isSeen = [Bool](repeating: false, count: count)
    var lengths: [Int] = []
    for start in sources.indices where !isSeen[start] {
      var (place, length) = (start, 0)
      while !isSeen[place] {
        isSeen[place] = true
        place = sources[place]
        length += 1
      }
      lengths.append(length)
    }
    return lengths.sorted(by: >)
  }
}
