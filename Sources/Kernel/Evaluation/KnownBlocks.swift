internal import CVector

/// What the evaluator knows of each block of samples, and scratch for lazy questions.
final class KnownBlocks {
  let leastRight: FloatBuffer
  let leastWrong: FloatBuffer
  let wrong: UnsafeMutablePointer<Int32>
  let bounds: UnsafeMutablePointer<Int>
  private let flagStorage: UnsafeMutablePointer<UInt8>
  private let results: UnsafeMutablePointer<basin_lazy_part>
  private let flagStride: Int
  private static let mostParts = 64
  /// Longs between two parts' bounds: a cache line each.
  private static let boundStride = 8

  init(count: Int) {
    leastRight = FloatBuffer(count: count)
    leastWrong = FloatBuffer(count: count)
    wrong = .allocate(capacity: count)
    wrong.initialize(repeating: 0, count: count)
    flagStride = (count + 63) / 64 * 64
    flagStorage = .allocate(capacity: flagStride * Self.mostParts)
    flagStorage.initialize(repeating: 0, count: flagStride * Self.mostParts)
    bounds = .allocate(capacity: Self.mostParts * Self.boundStride)
    bounds.initialize(repeating: 0, count: Self.mostParts * Self.boundStride)
    results = .allocate(capacity: Self.mostParts)
    results.initialize(repeating: basin_lazy_part(), count: Self.mostParts)
    blockCount = count
  }

  private let blockCount: Int

  deinit {
    wrong.deallocate()
    flagStorage.deallocate()
    bounds.deallocate()
    results.deallocate()
  }

  func flags(_ part: Int) -> UnsafeMutablePointer<UInt8> { flagStorage + part * flagStride }

  func result(_ part: Int) -> UnsafeMutablePointer<basin_lazy_part> { results + part }

  /// Each part starts from the least that its blocks could give: all their wrong samples right.
  func prepareBounds(parts: Int) {
    for part in 0..<parts {
      var sum = 0
      for block in stride(from: part, to: blockCount, by: parts) { sum += Int(wrong[block]) }
      bounds[part * Self.boundStride] = -sum
    }
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

  func set(_ part: Int, _ value: Int) { values[part] = value }

  var total: Int { (0..<count).reduce(0) { $0 + values[$1] } }
}

/// Hands something to the threads of a pool that only they use while it is alive.
struct UnsafeSendable<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
