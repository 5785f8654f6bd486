internal import CVector

/// Where the samples of an incremental evaluation stand.
///
/// Sixteen samples of one class make a group. Within a class samples stand by rising margin, and
/// groups by rising mean margin, so that samples near the decision boundary share blocks and a
/// lazy evaluation finds what it looks for soon. Which group a sample is in changes no result.
struct SampleLayout {
  /// The sample in each slot, or −1 where a group is not full.
  let samples: [Int32]
  let groupClass: [UInt8]
  let groupSize: [UInt8]
  let classCount: Int

  static let groupLength = Int(BASIN_GROUP)
  static let blockLength = Int(BASIN_BLOCK_GROUPS)

  var groupCount: Int { groupClass.count }
  var slotCount: Int { groupCount * Self.groupLength }
  var blockCount: Int { (groupCount + Self.blockLength - 1) / Self.blockLength }

  /// - Parameter margins: The true class's logit minus the largest other, per sample; without
  ///   them samples stay in their order.
  init(labels: [UInt8], classCount: Int, margins: [Float]? = nil) {
    self.classCount = classCount
    let keys = margins.map { $0.map(Self.bucket) } ?? [Int](repeating: 0, count: labels.count)
    let order = Self.stableOrder(
      of: labels.indices.map { Int(labels[$0]) * Self.bucketCount + keys[$0] },
      below: classCount * Self.bucketCount)
    // Groups of up to sixteen of one class, in that order: where each begins, and its mean bucket.
    var starts: [Int] = []
    var means: [Int] = []
    var first = 0
    while first < order.count {
      let label = labels[order[first]]
      var end = first
      var sum = 0
      while end < order.count, end - first < Self.groupLength, labels[order[end]] == label {
        sum += keys[order[end]]
        end += 1
      }
      starts.append(first)
      means.append(sum / (end - first))
      first = end
    }
    let groups = Self.stableOrder(of: means, below: Self.bucketCount)
    var samples = [Int32](repeating: -1, count: groups.count * Self.groupLength)
    var groupClass: [UInt8] = []
    var groupSize: [UInt8] = []
    for (place, group) in groups.enumerated() {
      let start = starts[group]
      let end = group + 1 < starts.count ? starts[group + 1] : order.count
      for lane in 0..<(end - start) {
        samples[place * Self.groupLength + lane] = Int32(order[start + lane])
      }
      groupClass.append(labels[order[start]])
      groupSize.append(UInt8(end - start))
    }
    self.samples = samples
    self.groupClass = groupClass
    self.groupSize = groupSize
  }

  /// Margins between −16 and 32 matter; a 4 096th of that is a fine enough order.
  private static let bucketCount = 4096

  private static func bucket(_ margin: Float) -> Int {
    let place = (margin + 16) * (Float(bucketCount) / 48)
    return Int(min(max(place, 0), Float(bucketCount - 1)))
  }

  /// The places of `keys` in rising order of key, equal keys as they stood (a counting sort).
  private static func stableOrder(of keys: [Int], below bound: Int) -> [Int] {
    var next = [Int](repeating: 0, count: bound + 1)
    for key in keys { next[key + 1] += 1 }
    for key in 0..<bound { next[key + 1] += next[key] }
    var order = [Int](repeating: 0, count: keys.count)
    for (place, key) in keys.enumerated() {
      order[next[key]] = place
      next[key] += 1
    }
    return order
  }

  /// The slot of each sample.
  var slots: [Int32] {
    var result = [Int32](repeating: 0, count: samples.count)
    for (slot, sample) in samples.enumerated() where sample >= 0 {
      result[Int(sample)] = Int32(slot)
    }
    return result
  }

  /// Lends the layout to C.
  func withLayout<Result>(_ body: (UnsafePointer<basin_layout>) -> Result) -> Result {
    groupClass.withUnsafeBufferPointer { classes in
      groupSize.withUnsafeBufferPointer { sizes in
        var layout = basin_layout(
          groups: groupCount, blocks: blockCount, classes: classCount,
          group_class: classes.baseAddress, group_size: sizes.baseAddress)
        return body(&layout)
      }
    }
  }
}
