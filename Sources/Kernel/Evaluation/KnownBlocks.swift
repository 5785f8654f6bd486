internal import CVector

/// What the evaluator knows of each block and group of samples, and scratch for lazy questions.
final class KnownBlocks {
  private let blockDistances: FloatBuffer
  private let groupDistances: FloatBuffer
  private let wrong: UnsafeMutablePointer<Int32>
  private let blockCount: Int
  private let filled: Int
  let bounds: UnsafeMutablePointer<Int>
  let flags: UnsafeMutablePointer<UInt8>
  private let results: UnsafeMutablePointer<basin_lazy_part>
  /// Most parts that a question is cut into.
  static let mostParts = 64
  /// Longs between two parts' bounds: a cache line each.
  private static let boundStride = 8

  init(count: Int) {
    let groups = count * SampleLayout.blockLength
    blockCount = count
    // C reads and writes the blocks' numbers by sixteens.
    filled = (count + 15) / 16 * 16
    blockDistances = FloatBuffer(count: 2 * filled)
    groupDistances = FloatBuffer(count: 2 * groups)
    wrong = .allocate(capacity: count + groups)
    wrong.initialize(repeating: 0, count: count + groups)
    flags = .allocate(capacity: filled)
    flags.initialize(repeating: 0, count: filled)
    bounds = .allocate(capacity: Self.mostParts * Self.boundStride)
    bounds.initialize(repeating: 0, count: Self.mostParts * Self.boundStride)
    results = .allocate(capacity: Self.mostParts)
    results.initialize(repeating: basin_lazy_part(), count: Self.mostParts)
  }

  deinit {
    wrong.deallocate()
    flags.deallocate()
    bounds.deallocate()
    results.deallocate()
  }

  /// What is known of the blocks, for C.
  var blocks: basin_known {
    basin_known(
      least_right: blockDistances.start, least_wrong: blockDistances.start + filled,
      wrong: wrong)
  }

  /// What is known of the groups, for C; 16 to a block.
  var groups: basin_known {
    let count = blockCount * SampleLayout.blockLength
    return basin_known(
      least_right: groupDistances.start, least_wrong: groupDistances.start + count,
      wrong: wrong + blockCount)
  }

  func result(_ part: Int) -> UnsafeMutablePointer<basin_lazy_part> { results + part }

  /// A lower bound of the change of the number of wrong samples, all parts together.
  func leastChange(parts: Int) -> Int {
    (0..<parts).reduce(0) { $0 + bounds[$1 * Self.boundStride] }
  }

  /// What all parts found together.
  func outcome(parts: Int) -> (change: Int, isComplete: Bool, visited: Int) {
    var change = 0
    var isComplete = true
    var visited = 0
    for part in 0..<parts {
      change += results[part].change
      isComplete = isComplete && results[part].complete != 0
      visited += results[part].visited
    }
    return (change, isComplete, visited)
  }
}

/// One number per part, each written by one thread and summed when all are done.
final class FixedSums: @unchecked Sendable {
  private let values: UnsafeMutablePointer<Int>
  private let count: Int

  init(count: Int) {
    self.count = count
    values = .allocate(capacity: count)
    values.initialize(repeating: 0, count: count)
  }

  deinit { values.deallocate() }

  /// Where a number stands, for C.
  func place(_ part: Int) -> UnsafeMutablePointer<Int> { values + part }

  func value(_ part: Int) -> Int { values[part] }

  func set(_ part: Int, _ value: Int) { values[part] = value }

  var total: Int { (0..<count).reduce(0) { $0 + values[$1] } }
}

/// Hands something to the threads of a pool that only they use while it is alive.
struct UnsafeSendable<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
