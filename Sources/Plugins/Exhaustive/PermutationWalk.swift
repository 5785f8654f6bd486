/// Walks through all orders of some groups of units, one exchange of two units per step.
///
/// Heap's algorithm (1963) visits every order of one group from wherever it begins, so the inner
/// groups go through all of theirs between two steps of an outer one, and nothing ever goes back.
struct PermutationWalk: Sendable {
  /// Two positions of a group, by its place in the list of sizes.
  struct Step: Hashable, Sendable {
    var group: Int
    var a: Int
    var b: Int
  }

  private let sizes: [Int]
  /// Heap's counters of each group, and the position they are at.
  private var counters: [[Int]]
  private var depths: [Int]

  /// - Parameter sizes: The groups, the one that changes most often first.
  init(sizes: [Int]) {
    self.sizes = sizes
    counters = sizes.map { [Int](repeating: 0, count: $0) }
    depths = sizes.map { _ in 1 }
  }

  /// How many orders there are; `nil` where the number is beyond counting.
  static func count(sizes: [Int]) -> Int? {
    var product = 1
    for size in sizes where size > 1 {
      for factor in 2...size {
        let (next, isTooMuch) = product.multipliedReportingOverflow(by: factor)
        if isTooMuch { return nil }
        product = next
      }
    }
    return product
  }

  /// The next exchange; `nil` once every order was seen.
  mutating func next() -> Step? {
    for group in sizes.indices {
      if let (a, b) = nextExchange(in: group) { return Step(group: group, a: a, b: b) }
      // This group has had its turn: it begins anew, from the order in which it stands.
      counters[group] = [Int](repeating: 0, count: sizes[group])
      depths[group] = 1
    }
    return nil
  }

  private mutating func nextExchange(in group: Int) -> (Int, Int)? {
    while depths[group] < sizes[group] {
      let depth = depths[group]
      if counters[group][depth] < depth {
        let other = depth % 2 == 0 ? 0 : counters[group][depth]
        counters[group][depth] += 1
        depths[group] = 1
        return (other, depth)
      }
      counters[group][depth] = 0
      depths[group] += 1
    }
    return nil
  }
}
