extension IncrementalAverageEvaluator {
  /// Puts the samples in order of their margins now; moves every column and logit, changes none.
  func orderSamples() {
    let old = layout
    let oldSlots = old.slots
    let new = SampleLayout(
      labels: labels, classCount: shape.classes, margins: marginsBySample())
    // An unfilled slot takes the values of some sample; its lane is never counted.
    let sources = new.samples.map { $0 >= 0 ? oldSlots[Int($0)] : 0 }
    moveColumns(from: sources)
    moveLogits(from: sources)
    layout = new
    notePeaks()
    noteBlocks()
    orderEffort = OrderEffort()
  }

  func reorderIfItPays() {
    if orderEffort.isDue(for: shape, blocks: layout.blockCount) { orderSamples() }
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

  private func moveColumns(from sources: [Int32]) {
    let slots = shape.slots
    let target = UnsafeSendable(columns.start)
    let scratch = ScratchPool { FloatBuffer(count: slots) }
    pool.run(count: shape.networks * shape.units) { index in
      let column = target.value + index * slots
      scratch.use { copy in
        sources.withUnsafeBufferPointer { sources in
          for slot in 0..<slots { copy.start[slot] = column[Int(sources[slot])] }
        }
        column.update(from: copy.start, count: slots)
      }
    }
  }

  private func moveLogits(from sources: [Int32]) {
    let length = SampleLayout.groupLength
    let (groups, classes, items) = (layout.groupCount, shape.classes, Self.groupsPerItem)
    let moved = FloatBuffer(count: logits.count)
    let old = UnsafeSendable(logits.start)
    let new = UnsafeSendable(moved.start)
    pool.run(count: (groups + items - 1) / items) { item in
      for group in (item * items)..<min((item + 1) * items, groups) {
        for lane in 0..<length {
          let source = Int(sources[group &* length &+ lane])
          let (sourceGroup, sourceLane) = source.quotientAndRemainder(dividingBy: length)
          let from: UnsafeMutablePointer<Float> =
            old.value + (sourceGroup &* classes &* length &+ sourceLane)
          let to: UnsafeMutablePointer<Float> = new.value + (group &* classes &* length &+ lane)
          var row = 0
          while row < classes {
            to[row &* length] = from[row &* length]
            row &+= 1
          }
        }
      }
    }
    logits = moved
  }
}

/// What lazy questions have cost since the samples were last in order, counted in visited blocks.
struct OrderEffort {
  var visited = 0
  var accepted = 0

  /// Whether ordering anew pays: the visits cost as much as ordering does, and enough swaps were
  /// accepted for the margins to be others.
  ///
  /// At most twice the best (renting and buying).
  func isDue(for shape: IncrementalAverageEvaluator.Shape, blocks: Int) -> Bool {
    // Moving one column takes 0.43 and the rest 20 times as long as visiting every block once
    // (measured, AVX-512).
    let price = (0.43 * Double(shape.networks * shape.units) + 20) * Double(blocks)
    return accepted >= 8 && Double(visited) > price
  }
}
