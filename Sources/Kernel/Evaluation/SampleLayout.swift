internal import CVector

/// Where the samples of an incremental evaluation stand.
///
/// Sixteen samples of one class make a group. Within a class samples stand by rising margin, and
/// groups by rising mean margin, so that samples near the decision boundary share blocks and a
/// lazy evaluation finds what it looks for soon. Which group a sample is in changes no result.
struct SampleLayout {
  /// The sample in each slot, or −1 where a group is not full.
  private(set) var samples: [Int32]
  private(set) var groupClass: [UInt8]
  private(set) var groupSize: [UInt8]
  let classCount: Int

  static let groupLength = Int(BASIN_GROUP)
  static let blockLength = Int(BASIN_BLOCK_GROUPS)

  var groupCount: Int { groupClass.count }
  var slotCount: Int { groupCount * Self.groupLength }
  var blockCount: Int { (groupCount + Self.blockLength - 1) / Self.blockLength }

  /// Samples in their order, class by class; `reorder` puts them by their margins.
  init(labels: [UInt8], classCount: Int) {
    self.classCount = classCount
    let all = [Int32](0..<Int32(labels.count))
    let arranged = Arrangement(of: all, labels: labels, classCount: classCount, margins: nil)
    let count = arranged.groups.count
    samples = [Int32](repeating: -1, count: count * Self.groupLength)
    groupClass = [UInt8](repeating: 0, count: count)
    groupSize = groupClass
    place(arranged, labels: labels, into: Array(0..<count))
  }

  /// Puts the samples of some groups in order of their margins now.
  ///
  /// - Parameters:
  ///   - groups: Rising.
  ///   - margins: The true class's logit minus the largest other, per sample.
  mutating func reorder(_ groups: [Int], labels: [UInt8], margins: [Float]) {
    var pooled: [Int32] = []
    for group in groups {
      let first = group * Self.groupLength
      pooled += samples[first..<first + Int(groupSize[group])]
    }
    // At most one group of each class is not full, so as many groups come out as went in.
    place(
      Arrangement(of: pooled, labels: labels, classCount: classCount, margins: margins),
      labels: labels, into: groups)
  }

  private mutating func place(_ arranged: Arrangement, labels: [UInt8], into groups: [Int]) {
    precondition(arranged.groups.count == groups.count, "groups must stay groups")
    for (group, members) in zip(groups, arranged.groups) {
      let first = group * Self.groupLength
      for lane in 0..<Self.groupLength {
        let place = members.lowerBound + lane
        samples[first + lane] = place < members.upperBound ? arranged.order[place] : -1
      }
      groupClass[group] = labels[Int(arranged.order[members.lowerBound])]
      groupSize[group] = UInt8(members.count)
    }
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

/// Samples in groups of up to sixteen of one class, by rising margin within each class, and the
/// groups by rising mean margin.
private struct Arrangement {
  var order: [Int32] = []
  /// The members of each group as places in `order`.
  var groups: [Range<Int>] = []

  init(of samples: [Int32], labels: [UInt8], classCount: Int, margins: [Float]?) {
    let keys = samples.map { sample in margins.map { Self.bucket($0[Int(sample)]) } ?? 0 }
    let places = Self.stableOrder(
      of: samples.indices.map { Int(labels[Int(samples[$0])]) * Self.bucketCount + keys[$0] },
      below: classCount * Self.bucketCount)
    order = places.map { samples[$0] }
    var means: [Int] = []
    var unsorted: [Range<Int>] = []
    var first = 0
    while first < order.count {
      let label = labels[Int(order[first])]
      var end = first
      var sum = 0
      while end < order.count, end - first < SampleLayout.groupLength,
        labels[Int(order[end])] == label
      {
        sum += keys[places[end]]
        end += 1
      }
      unsorted.append(first..<end)
      means.append(sum / (end - first))
      first = end
    }
    groups = Self.stableOrder(of: means, below: Self.bucketCount).map { unsorted[$0] }
  }

  /// Margins between −16 and 32 matter; a 4 096th of that is a fine enough order.
  private static let bucketCount = 4096

  private static func bucket(_ margin: Float) -> Int {
    let place = (margin + 16) * (Float(bucketCount) / 48)
    // What is no number, too, has a place in the order.
    return place > 0 ? Int(min(place, Float(bucketCount - 1))) : 0
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
}
