internal import CVector

// What is done to one block of samples. Blocks share no memory that is written.
extension LayeredAverageEvaluator {
  /// Z_i of a network's unit in a block.
  private func ownRow(_ network: Int, _ unit: Int, _ block: Int) -> UnsafeMutablePointer<Float> {
    own.start + ((block * networkCount + network) * widths[0] + unit) * length
  }

  /// A layer's numbers in a block.
  func values(of layer: Int, in block: Int) -> UnsafeMutablePointer<Float> {
    layers[layer].start + block * widths[layer] * length
  }

  /// Everything from Z_i up; returns the wrong samples.
  func rebuild(_ block: Int, _ scratch: Scratch) -> Int {
    forward(from: 0, changed: nil, in: block, writes: true, scratch)
  }

  /// Sums layer 0's pre-activation of a position over the networks.
  ///
  /// - Parameter swap: Makes the sum as after this swap.
  private func sumFirst(
    _ position: Int, after swap: Swap? = nil, in block: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: networkCount) {
      columns in
      for network in 0..<networkCount {
        var place = position
        if let swap, swap.network == network { place = position == swap.a ? swap.b : swap.a }
        columns[network] = UnsafePointer(
          ownRow(network, weights.orders[network][0][place], block))
      }
      basin_layer_sum(columns.baseAddress, networkCount, length, target)
    }
  }

  /// The wrong samples of a block after a swap.
  func make(_ prepared: PreparedSwap, in block: Int, writes: Bool, _ scratch: Scratch) -> Int {
    let swap = prepared.swap
    let (layer, length) = (swap.group, length)
    let here = values(of: layer, in: block)
    let (rowA, rowB) = (here + swap.a * length, here + swap.b * length)
    let units = scratch.units.start
    let (newA, newB) = (units, units + length)
    (units + 2 * length).update(from: rowA, count: length)
    (units + 3 * length).update(from: rowB, count: length)
    if layer == 0 {
      sumFirst(swap.a, after: swap, in: block, into: newA)
      sumFirst(swap.b, after: swap, in: block, into: newB)
    } else {
      basin_layer_change(
        values(of: layer - 1, in: block), widths[layer - 1], length, prepared.difference,
        prepared.shift, newB)
      for slot in 0..<length {
        newA[slot] = rowA[slot] + newB[slot]
        newB[slot] = rowB[slot] - newB[slot]
      }
    }
    if writes {
      rowA.update(from: newA, count: length)
      rowB.update(from: newB, count: length)
    }
    let next = layer + 1
    let isLast = next == widths.count - 1
    let above = values(of: next, in: block)
    let sums = writes ? above : isLast ? scratch.one.start : nil
    basin_layer_update(
      above, widths[next], length, units, prepared.next, sums, isLast ? nil : scratch.one.start)
    if isLast { return wrong(sums ?? above, block) }
    return forwardAbove(next, in: block, writes: writes, scratch)
  }

  /// The wrong samples of a block, computed forward from a layer with the weights as they are.
  ///
  /// - Parameter changed: The positions of layer 0 that are summed anew, where that is the layer to
  ///   begin with; all where there are none given.
  func forward(
    from layer: Int, changed: [Int]?, in block: Int, writes: Bool, _ scratch: Scratch
  ) -> Int {
    let length = length
    if layer > 0 {
      let before = values(of: layer - 1, in: block)
      let rectified = scratch.one.start
      basin_layer_positive(before, widths[layer - 1] * length, rectified)
      return forwardAbove(layer - 1, in: block, writes: writes, scratch)
    }
    let first = values(of: 0, in: block)
    let rectified = scratch.one.start
    if changed != nil, !writes { basin_layer_positive(first, widths[0] * length, rectified) }
    for position in changed ?? Array(0..<widths[0]) {
      let target = (writes ? first : rectified) + position * length
      sumFirst(position, in: block, into: target)
      if !writes { basin_layer_positive(target, length, target) }
    }
    if writes { basin_layer_positive(first, widths[0] * length, rectified) }
    return forwardAbove(0, in: block, writes: writes, scratch)
  }

  /// Runs the layers above one whose activations are in `scratch.one`.
  private func forwardAbove(
    _ layer: Int, in block: Int, writes: Bool, _ scratch: Scratch
  ) -> Int {
    var (input, output) = (scratch.one.start, scratch.other.start)
    for above in (layer + 1)..<widths.count {
      let isLast = above == widths.count - 1
      // A question overwrites its sums with their positive part.
      let sums = writes ? values(of: above, in: block) : output
      weights.average[above - 1].withUnsafeBufferPointer { matrix in
        guard let matrix = matrix.baseAddress else { return }
        Products.multiply(
          rows: widths[above], columns: length, inner: widths[above - 1], matrix,
          strideA: widths[above - 1], input, strideB: length, into: sums, strideC: length)
      }
      basin_layer_bias(
        sums, weights.averageBias[above - 1], widths[above], length, isLast ? nil : output)
      if isLast { return wrong(sums, block) }
      swap(&input, &output)
    }
    preconditionFailure("the last layer gives the logits")
  }

  /// The wrong samples of a block's logits.
  private func wrong(_ logits: UnsafePointer<Float>, _ block: Int) -> Int {
    labels.withUnsafeBufferPointer { labels in
      guard let labels = labels.baseAddress else { return 0 }
      return basin_layer_wrong(
        logits, widths[widths.count - 1], length, labels + block * length,
        min(length, sampleCount - block * length))
    }
  }

  /// Z_i = (X W_iᵀ + b_i)/n for every network, or with its share of the average for 1/n.
  func fillOwn(_ networks: [Network], scales: [Float], data: DataSet) throws(Failure) {
    let features = networks[0].graph.featureCount(of: 0)
    let (length, units) = (length, widths[0])
    let owner = UnsafeSendable(self)
    let count = data.count
    let inputs = ScratchPool { FloatBuffer(count: length * features) }
    pool.run(count: blockCount) { block in
      let evaluator = owner.value
      if evaluator.stop.isRaised { return }
      let filled = min(length, count - block * length)
      inputs.use { rows in
        // Slots past the last sample are computed like the others, from zeros, and never counted.
        rows.start.update(repeating: 0, count: length * features)
        data.inputs.withBuffer { values in
          guard let base = values.baseAddress else { return }
          rows.start.update(from: base + block * length * features, count: filled * features)
        }
        for (number, network) in networks.enumerated() {
          let out = evaluator.ownRow(number, 0, block)
          network.parameters[0].withBuffer { weights in
            guard let weights = weights.baseAddress else { return }
            Products.multiply(
              rows: units, columns: length, inner: features, scale: scales[number], weights,
              strideA: features, rows.start, .transposed, strideB: features, into: out,
              strideC: length)
          }
          let bias = network.parameters[1].values.map { $0 * scales[number] }
          basin_layer_bias(out, bias, units, length, nil)
        }
      }
    }
    guard !stop.isRaised else {
      throw Failure(.stopped, "stopped before the activations on \(data.name) were there")
    }
  }

  /// No number of any order of the units is larger; not finite where one of Z_i is not.
  var bound: Double {
    let owner = UnsafeSendable(self)
    let units = widths[0]
    // The largest of each column of Z_i without its sign, which an infinite or no number exceeds.
    let peaks = pool.map(count: networkCount * units) { column -> Double in
      let evaluator = owner.value
      var largest: UInt32 = 0
      for block in 0..<evaluator.blockCount {
        let row = evaluator.ownRow(column / units, column % units, block)
        for slot in 0..<evaluator.length {
          largest = max(largest, row[slot].magnitude.bitPattern)
        }
      }
      let peak = Double(Float(bitPattern: largest))
      return peak.isFinite ? peak : .infinity
    }
    let length = (0..<networkCount).reduce(0.0) { sum, network in
      let own = peaks[network * units..<(network + 1) * units]
      return sum + own.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
    }
    return weights.bound(ofActivations: length)
  }

  /// Puts the samples by rising margin now, the wrong ones first; Z_i moves with them, and what
  /// follows from it is rebuilt by the caller.
  ///
  /// Done once, for the permutations that a search starts from: a search that goes on from a
  /// checkpoint has its samples in the same places.
  func orderSamples() {
    let margins = marginsBySlot()
    let order = (0..<sampleCount).sorted { (margins[$0], $0) < (margins[$1], $1) }
    samples = order.map { samples[$0] } + samples[sampleCount...]
    labels = order.map { labels[$0] } + labels[sampleCount...]
    let owner = UnsafeSendable(self)
    let count = blockCount * length
    let places = order + Array(sampleCount..<count)
    let (length, units) = (length, widths[0])
    let columns = ScratchPool { FloatBuffer(count: count) }
    pool.run(count: networkCount * units) { column in
      let evaluator = owner.value
      // What is left half moved is of no use, which the rebuild that follows finds out.
      if evaluator.stop.isRaised { return }
      columns.use { copy in
        for block in 0..<evaluator.blockCount {
          (copy.start + block * length).update(
            from: evaluator.ownRow(column / units, column % units, block), count: length)
        }
        for block in 0..<evaluator.blockCount {
          let row = evaluator.ownRow(column / units, column % units, block)
          for slot in 0..<length { row[slot] = copy.start[places[block &* length &+ slot]] }
        }
      }
    }
  }

  /// The true class's logit minus the largest other, per slot that holds a sample.
  func marginsBySlot() -> [Float] {
    let classes = widths[widths.count - 1]
    return (0..<sampleCount).map { slot in
      let column = values(of: widths.count - 1, in: slot / length) + slot % length
      let truth = Int(labels[slot])
      var other = -Float.infinity
      for label in 0..<classes where label != truth { other = max(other, column[label * length]) }
      return column[truth * length] - other
    }
  }
}
