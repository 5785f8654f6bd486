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
    visitedSinceOrder = 0
    acceptedSinceOrder = 0
  }

  /// Orders the samples anew once lazy questions have done as much work as that costs.
  ///
  /// Ordering reads and writes every column once; a visited block reads 2n columns and the classes'
  /// logits of a block. The usual argument of renting and buying: at most twice the best.
  func reorderIfItPays() {
    guard acceptedSinceOrder >= 8 else { return }
    let visitCost = 2 * shape.networks + shape.classes
    let orderCost = 3 * (shape.networks * shape.units + shape.classes) * layout.blockCount
    if visitedSinceOrder * visitCost > orderCost { orderSamples() }
  }

  /// The true class's logit minus the largest other, per sample.
  private func marginsBySample() -> [Float] {
    let length = SampleLayout.groupLength
    var margins = [Float](repeating: 0, count: sampleCount)
    for group in 0..<layout.groupCount {
      let rows = logits.start + group * shape.classes * length
      for lane in 0..<Int(layout.groupSize[group]) {
        var other = -Float.infinity
        for row in 1..<max(shape.classes, 2) where row < shape.classes {
          other = max(other, rows[row * length + lane])
        }
        margins[Int(layout.samples[group * length + lane])] = rows[lane] - other
      }
    }
    return margins
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
    let moved = FloatBuffer(count: logits.count)
    for (slot, source) in sources.enumerated() {
      let to = moved.start + slot / length * shape.classes * length + slot % length
      let from =
        logits.start + Int(source) / length * shape.classes * length + Int(source) % length
      for row in 0..<shape.classes { to[row * length] = from[row * length] }
    }
    logits = moved
  }
}
