import Kernel

/// The weights of two networks prepared for matching: for each group of axes, every array that has
/// the group on an axis, with that axis first.
///
/// The inner product of all weights under permutations π of the second network,
///
///     Σ_p ⟨A_p, (πB)_p⟩,
///
/// is linear in one group's permutation when the others are held: Σ_i S[i, π_g(i)], where S adds, for
/// each axis of the group, the products of A's units with B's units, the other axes of B in their
/// present order. An array that has one group on two axes counts with the second one held.
struct WeightAlignment: Sendable {
  let groups: [AxisGroup]
  private let first: [Tensor]
  private let second: [Tensor]
  private let isCounted: [Bool]
  /// Whether some group has only a part of an axis of an array.
  private let isCut: [Bool]
  private let terms: [[Term]]
  /// For each group, S of the axes that nothing else permutes, times −1: the same for ever.
  private let fixedCosts: [Tensor]
  /// For each group, those that a new permutation of it makes worth solving again.
  let neighbours: [[Int]]

  /// One axis of one array.
  private struct Term: Sendable {
    var parameter: Int
    /// Units × everything else.
    var first: Tensor
    var second: Tensor
    /// The lengths of everything else, with what of an axis can be permuted.
    var rest: [RestAxis]
    /// Whether this is the array's first axis in the group: where the array's product is counted.
    var countsProduct: Bool
    /// Whether another axis of the array belongs to the same group.
    var isSelfCoupled: Bool

    var isFixed: Bool { rest.allSatisfy { $0.segments.isEmpty } }
  }

  private struct RestAxis: Sendable {
    var length: Int
    /// The groups that have a part of it: mostly one, which has it whole.
    var segments: [Segment] = []
  }

  /// The units that a group has on an axis, as it stands in a term.
  private struct Segment: Sendable {
    var group: Int
    var block: Int
    var start: Int
  }

  /// - Parameters:
  ///   - groups: The groups of axes, as `Graph.axisGroups` gives them.
  ///   - first: The arrays that stay; `second` those that move, of the same shapes.
  ///   - isCounted: Which arrays count; all where nothing is said. Statistics do not.
  /// - Throws: `outOfMemory`, `stopped`.
  init(
    groups: [AxisGroup], first: [Tensor], second: [Tensor], isCounted: [Bool]? = nil,
    pool: WorkPool, stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try Memory.checkPairs(of: groups)
    let isCounted = isCounted ?? first.map { _ in true }
    self.groups = groups.map { group in
      var group = group
      group.axes.removeAll { !isCounted[$0.parameter] }
      return group
    }
    self.first = first
    self.second = second
    self.isCounted = isCounted
    var places: [Int: [(group: Int, axis: AxisGroup.Axis)]] = [:]
    var isCut = first.map { _ in false }
    for (index, group) in self.groups.enumerated() {
      for axis in group.axes {
        places[axis.parameter, default: []].append((index, axis))
        if !axis.isWhole(of: first[axis.parameter].shape, units: group.count) {
          isCut[axis.parameter] = true
        }
      }
    }
    self.isCut = isCut
    var terms: [[Term]] = []
    var neighbours: [[Int]] = []
    for (index, group) in self.groups.enumerated() {
      var own: [Term] = []
      for axis in group.axes {
        let a = first[axis.parameter].part(axis, units: group.count)
        let b = second[axis.parameter].part(axis, units: group.count)
        func restAxis(_ place: Int) -> RestAxis {
          RestAxis(
            length: a.shape[place],
            segments: (places[axis.parameter] ?? []).compactMap { other in
              guard other.axis.axis == place else { return nil }
              let start = other.axis.start - (place == 0 ? axis.rows?.lowerBound ?? 0 : 0)
              // Of an array in groups, the rows of one have nothing to do with the columns of others.
              let isElsewhere =
                !(0..<a.shape[place]).contains(start)
                || (axis.axis == 0 && other.axis.rows?.contains(axis.start) == false)
              return isElsewhere
                ? nil : Segment(group: other.group, block: other.axis.block, start: start)
            })
        }
        var rest = (0..<axis.axis).map(restAxis)
        rest.append(RestAxis(length: axis.block))
        rest += (axis.axis + 1..<max(a.shape.count, axis.axis + 1)).map(restAxis)
        own.append(
          Term(
            parameter: axis.parameter,
            first: a.unitMajor(axis: axis.axis, block: axis.block, pool: pool, stop: stop),
            second: b.unitMajor(axis: axis.axis, block: axis.block, pool: pool, stop: stop),
            rest: rest, countsProduct: !own.contains { $0.parameter == axis.parameter },
            isSelfCoupled: rest.contains { $0.segments.contains { $0.group == index } }))
      }
      terms.append(own)
      neighbours.append(
        Set(own.flatMap { $0.rest.flatMap { $0.segments.map(\.group) } }).sorted())
    }
    self.terms = terms
    self.neighbours = neighbours
    fixedCosts = groups.indices.map { index in
      var costs = Tensor(shape: [groups[index].count, groups[index].count])
      for term in terms[index] where term.isFixed {
        costs.subtractProduct(term.first, term.second, pool: pool, stop: stop)
      }
      return costs
    }
    if stop.isRaised { throw Failure(.stopped, "stopped before the weights were prepared") }
  }

  /// −S of one group: what an assignment minimizes.
  ///
  /// In 32 bits: it only proposes; whether the
  /// proposal is better is decided in 64 bits by `gain`.
  ///
  /// - Throws: `stopped`.
  func costs(
    of group: Int, under permutation: NetworkPermutation, pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> Tensor {
    var costs = fixedCosts[group]
    for term in terms[group] where !term.isFixed {
      costs.subtractProduct(
        term.first, term.second.columnsGathered(order(term, permutation), pool: pool, stop: stop),
        pool: pool, stop: stop)
      if stop.isRaised { throw Failure(.stopped, "stopped before a layer was matched") }
    }
    return costs
  }

  /// How much Σ_p ⟨A_p, (πB)_p⟩ rises when one group's permutation is replaced, in 64 bits.
  ///
  /// - Throws: `stopped`.
  func gain(
    of group: Int, replacedBy candidate: Permutation, in permutation: NetworkPermutation,
    pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> Double {
    var changed = permutation
    changed.groups[group] = candidate
    let counted = terms[group].filter(\.countsProduct)
    let gain = counted.reduce(0) { sum, term in
      // Of a cut array the group may have some rows and some columns: more than the rows change.
      if term.isSelfCoupled, isCut[term.parameter] {
        return sum + product(of: term.parameter, under: changed, pool: pool, stop: stop)
          - product(of: term.parameter, under: permutation, pool: pool, stop: stop)
      }
      let before = order(term, permutation)
      let after = term.isSelfCoupled ? order(term, changed) : before
      let old = permutation.groups[group].sources
      // Rows that stay the same add nothing, unless the array's other axis moved too.
      let rows = old.indices.filter { after != before || old[$0] != candidate.sources[$0] }
      return sum
        + rowProducts(
          term, rows: rows, sources: candidate.sources, order: after, pool: pool, stop: stop)
        - rowProducts(term, rows: rows, sources: old, order: before, pool: pool, stop: stop)
    }
    if stop.isRaised { throw Failure(.stopped, "stopped before a layer was matched") }
    return gain
  }

  /// Σ_p ⟨A_p, (πB)_p⟩ over all arrays, in 64 bits; of no use once `stop` is raised.
  func product(
    under permutation: NetworkPermutation, pool: WorkPool, stop: StopSignal? = nil
  ) -> Double {
    // An array that is cut is not the rows of one group.
    var isLeft = zip(isCounted, isCut).map { $0 && !$1 }
    var sum = 0.0
    for (group, terms) in terms.enumerated() {
      for term in terms where isLeft[term.parameter] {
        isLeft[term.parameter] = false
        let sources = permutation.groups[group].sources
        sum += rowProducts(
          term, rows: Array(sources.indices), sources: sources, order: order(term, permutation),
          pool: pool, stop: stop)
      }
    }
    for index in first.indices where isLeft[index] || (isCounted[index] && isCut[index]) {
      sum += product(of: index, under: permutation, pool: pool, stop: stop)
    }
    return sum
  }

  /// ⟨A, πB⟩ of one array, in 64 bits; of no use once `stop` is raised.
  private func product(
    of parameter: Int, under permutation: NetworkPermutation, pool: WorkPool,
    stop: StopSignal?
  ) -> Double {
    var moved = second[parameter]
    let own = groups.map { group in
      var group = group
      group.axes.removeAll { $0.parameter != parameter }
      return group
    }
    for move in permutation.moves(of: own, shapes: second.map(\.shape)) {
      moved = moved.gathered(move.axis, from: move.sources, pool: pool, stop: stop)
    }
    return first[parameter].product(with: moved, stop: stop)
  }

  /// Σ over rows of ⟨A[row], B[sources[row]] with its columns in the given order⟩.
  private func rowProducts(
    _ term: Term, rows: [Int], sources: [Int], order: [Int]?, pool: WorkPool, stop: StopSignal?
  ) -> Double {
    let columns = term.first.count / max(sources.count, 1)
    let order = order ?? Array(0..<columns)
    // 64 rows an item, and the items' sums added in order: the same bits at any number of threads.
    let size = 64
    return term.first.withBuffer { a in
      term.second.withBuffer { b in
        let shared = SharedRows(a: a, b: b)
        let sums = pool.map(count: (rows.count + size - 1) / size) { item in
          if let stop, stop.isRaised { return 0.0 }
          return order.withUnsafeBufferPointer { order in
            var sum = 0.0
            for row in rows[item * size..<min((item + 1) * size, rows.count)] {
              let (left, right) = (row &* columns, sources[row] &* columns)
              for column in 0..<columns {
                sum += Double(shared.a[left &+ column]) * Double(shared.b[right &+ order[column]])
              }
            }
            return sum
          }
        }
        return sums.reduce(0, +)
      }
    }
  }

  /// Where each column of a unit comes from under a permutation; nothing where all stay.
  private func order(_ term: Term, _ permutation: NetworkPermutation) -> [Int]? {
    if term.isFixed { return nil }
    var order = [0]
    for axis in term.rest {
      var places = Array(0..<axis.length)
      for segment in axis.segments {
        places.reorder(
          by: permutation.groups[segment.group].sources, block: segment.block,
          start: segment.start)
      }
      order = order.flatMap { base in places.map { base * axis.length + $0 } }
    }
    return order
  }
}

extension [Int] {
  /// Puts blocks of the places 0, 1, … from `start` on into the order of `sources`.
  mutating func reorder(by sources: [Int], block: Int, start: Int) {
    for (unit, source) in sources.enumerated() {
      for place in 0..<block { self[start + unit * block + place] = start + source * block + place }
    }
  }
}

/// Read by several threads, written by none.
private struct SharedRows: @unchecked Sendable {
  let a: UnsafeBufferPointer<Float>
  let b: UnsafeBufferPointer<Float>
}
