internal import CVector

extension IncrementalAverageEvaluator {
  /// Puts the samples in order of their margins now; moves columns and logits, changes none.
  ///
  /// - Parameter all: Otherwise only the samples near the decision, which are what questions look
  ///   at; most samples never come near it.
  func orderSamples(all: Bool = true) {
    var moving = Array(0..<layout.groupCount)
    if !all {
      let near = nearGroups()
      // Where the margins have moved so far that most are near, the border is drawn anew.
      if 2 * near.count < moving.count { moving = near }
    }
    let oldSlots = layout.slots
    layout.reorder(moving, labels: labels, margins: marginsBySample())
    // An unfilled slot takes the values of some sample; its lane is never counted.
    let length = SampleLayout.groupLength
    let sources = moving.flatMap { group in
      layout.samples[group * length..<(group + 1) * length].map { sample in
        sample >= 0 ? oldSlots[Int(sample)] : 0
      }
    }
    moveColumns(to: moving.map(Int32.init), from: sources)
    moveLogits(to: moving, from: sources)
    noteBlocks()
    if moving.count == layout.groupCount { nearBorder = marginAtBorder() }
    orderEffort = OrderEffort(movedShare: Double(moving.count) / Double(layout.groupCount))
  }

  func reorderIfItPays() {
    if orderEffort.isDue(for: shape, groups: layout.groupCount) { orderSamples(all: false) }
  }

  /// An eighth of the samples are near the decision when all are put in order: of 2 to 20 measured,
  /// the best from random starts and after matching alike.
  private static let nearShare = 8

  /// The margin below which a sample is near the decision, all being in order.
  private func marginAtBorder() -> Float {
    known.groups.least_right[layout.groupCount / Self.nearShare]
  }

  /// The groups with a sample that is wrong or near to it.
  private func nearGroups() -> [Int] {
    let groups = known.groups
    return (0..<layout.groupCount).filter {
      groups.wrong[$0] > 0 || groups.least_right[$0] < nearBorder
    }
  }

  /// Groups handled by one item of parallel work: a thousand samples.
  private static let groupsPerItem = 64

  /// The true class's logit minus the largest other, per sample.
  private func marginsBySample() -> [Float] {
    let length = SampleLayout.groupLength
    let (layout, classes, items) = (layout, shape.classes, Self.groupsPerItem)
    let base = UnsafeSendable(logits.start)
    return [Float](unsafeUninitializedCapacity: sampleCount) { margins, count in
      let target = UnsafeSendable(margins)
      pool.run(count: (layout.groupCount + items - 1) / items) { item in
        for group in (item * items)..<min((item + 1) * items, layout.groupCount) {
          let rows: UnsafeMutablePointer<Float> = base.value + (group &* classes &* length)
          for lane in 0..<Int(layout.groupSize[group]) {
            var other = -Float.infinity
            var row = 1
            while row < classes {
              other = max(other, rows[row &* length &+ lane])
              row &+= 1
            }
            target.value[Int(layout.samples[group &* length &+ lane])] = rows[lane] - other
          }
        }
      }
      count = sampleCount
    }
  }

  private func moveColumns(to groups: [Int32], from sources: [Int32]) {
    let columns = UnsafeSendable(columns.start)
    let slots = shape.slots
    // Each column's peaks are noted while it is in the cache; no two threads have the same column.
    let owner = UnsafeSendable(self)
    let scratch = ScratchPool { FloatBuffer(count: sources.count) }
    pool.run(count: shape.networks * shape.units) { index in
      scratch.use { copy in
        basin_move_groups(
          columns.value + index * slots, groups, sources, groups.count, copy.start)
      }
      owner.value.notePeaks(ofColumn: index)
    }
  }

  private func moveLogits(to groups: [Int], from sources: [Int32]) {
    let length = SampleLayout.groupLength
    let (classes, items) = (shape.classes, Self.groupsPerItem)
    let size = classes * length
    let moved = FloatBuffer(count: groups.count * size)
    let old = UnsafeSendable(logits.start)
    let new = UnsafeSendable(moved.start)
    let itemCount = (groups.count + items - 1) / items
    pool.run(count: itemCount) { item in
      for place in (item * items)..<min((item + 1) * items, groups.count) {
        for lane in 0..<length {
          let source = Int(sources[place &* length &+ lane])
          let (sourceGroup, sourceLane) = source.quotientAndRemainder(dividingBy: length)
          let from: UnsafeMutablePointer<Float> = old.value + (sourceGroup &* size &+ sourceLane)
          let to: UnsafeMutablePointer<Float> = new.value + (place &* size &+ lane)
          var row = 0
          while row < size {
            to[row] = from[row]
            row &+= length
          }
        }
      }
    }
    pool.run(count: itemCount) { item in
      for place in (item * items)..<min((item + 1) * items, groups.count) {
        (old.value + groups[place] * size).update(from: new.value + place * size, count: size)
      }
    }
  }
}

/// What lazy questions have cost since the samples were last in order, counted in visited groups.
struct OrderEffort {
  var visited = 0
  var accepted = 0
  /// The part of the samples that moved.
  var movedShare = 1.0

  /// Whether ordering anew pays: the visits cost as much as ordering does, and enough swaps were
  /// accepted for the margins to be others.
  ///
  /// At most twice the best (renting and buying).
  func isDue(for shape: IncrementalAverageEvaluator.Shape, groups: Int) -> Bool {
    // Moving one column costs as much as visiting every group 1.1 times, the rest as much as 50
    // visits: of 0.4 to 4 times that, where whole searches ended first at 64 and at 512 units.
    let columns = 1.1 * movedShare * Double(shape.networks * shape.units)
    let price = (columns + 50) * Double(groups)
    return accepted >= 8 && Double(visited) > price
  }
}
