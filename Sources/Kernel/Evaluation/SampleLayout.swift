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
    var byClass = [[Int32]](repeating: [], count: classCount)
    for (sample, label) in labels.enumerated() { byClass[Int(label)].append(Int32(sample)) }
    var groups: [(key: Double, label: UInt8, samples: [Int32])] = []
    for (label, unsorted) in byClass.enumerated() {
      var members = unsorted
      if let margins {
        // The sample's number breaks ties, so that the order is one and the same.
        members.sort { (margins[Int($0)], $0) < (margins[Int($1)], $1) }
      }
      for first in stride(from: 0, to: members.count, by: Self.groupLength) {
        let slice = Array(members[first..<min(first + Self.groupLength, members.count)])
        let sum = margins.map { all in slice.reduce(0.0) { $0 + Double(all[Int($1)]) } } ?? 0
        groups.append((sum / Double(slice.count), UInt8(label), slice))
      }
    }
    let order = groups.indices.sorted { (groups[$0].key, $0) < (groups[$1].key, $1) }
    var samples = [Int32](repeating: -1, count: groups.count * Self.groupLength)
    var groupClass: [UInt8] = []
    var groupSize: [UInt8] = []
    for (place, index) in order.enumerated() {
      let group = groups[index]
      for (lane, sample) in group.samples.enumerated() {
        samples[place * Self.groupLength + lane] = sample
      }
      groupClass.append(group.label)
      groupSize.append(UInt8(group.samples.count))
    }
    self.samples = samples
    self.groupClass = groupClass
    self.groupSize = groupSize
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
