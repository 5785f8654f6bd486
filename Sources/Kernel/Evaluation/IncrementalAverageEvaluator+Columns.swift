internal import CVector

extension IncrementalAverageEvaluator {
  /// The share of each network in the average.
  static func scales(of count: Int, weights: [Double]?) -> [Float] {
    weights?.map { Float($0) } ?? [Float](repeating: 1 / Float(count), count: count)
  }

  /// Z_i = wᵢ(X W_iᵀ + b_i) from what is in the brackets.
  func fillColumns(from activations: [HiddenColumns], scales: [Float]) {
    let (units, slots) = (shape.units, shape.slots)
    let columns = UnsafeSendable(columns.start)
    pool.run(count: shape.networks * units) { index in
      let (network, unit) = index.quotientAndRemainder(dividingBy: units)
      let from = activations[network].values.start + unit * slots
      let to = columns.value + index * slots
      let scale = scales[network]
      for slot in 0..<slots { to[slot] = from[slot] * scale }
    }
  }

  /// Notes the largest value of each block and group of one column.
  func notePeaks(ofColumn index: Int) {
    layout.withLayout { layout in
      basin_column_peaks(
        columns.start + index * shape.slots, layout, peaks.start + index * shape.peakStride,
        groupPeaks.start + index * shape.groupPeakStride)
    }
  }

  /// The column of a network's unit.
  func column(_ network: Int, _ unit: Int) -> UnsafePointer<Float> {
    UnsafePointer(columns.start + (network * shape.units + unit) * shape.slots)
  }

  /// For each position of the average the networks' columns, side by side.
  func columnPointers() -> [UnsafePointer<Float>?] {
    var result: [UnsafePointer<Float>?] = []
    result.reserveCapacity(shape.networks * shape.units)
    for position in 0..<shape.units {
      for network in 0..<shape.networks {
        result.append(column(network, orders[network][position]))
      }
    }
    return result
  }

  /// Fills in where units a and b of the average come from.
  func setColumns(_ swap: inout basin_swap, a: Int, b: Int) {
    setPlaces(&swap.column_a, of: a, in: columns, stride: shape.slots)
    setPlaces(&swap.column_b, of: b, in: columns, stride: shape.slots)
    setPlaces(&swap.peak_a, of: a, in: peaks, stride: shape.peakStride)
    setPlaces(&swap.peak_b, of: b, in: peaks, stride: shape.peakStride)
    setPlaces(&swap.group_peak_a, of: a, in: groupPeaks, stride: shape.groupPeakStride)
    setPlaces(&swap.group_peak_b, of: b, in: groupPeaks, stride: shape.groupPeakStride)
  }

  /// Fills a C array of pointers with the place of each network's unit at `position`.
  private func setPlaces<Array>(
    _ array: inout Array, of position: Int, in buffer: FloatBuffer, stride: Int
  ) {
    withUnsafeMutableBytes(of: &array) { bytes in
      let places = bytes.bindMemory(to: UnsafePointer<Float>.self)
      for network in 0..<shape.networks {
        let unit = orders[network][position]
        places[network] = UnsafePointer(buffer.start) + (network * shape.units + unit) * stride
      }
    }
  }

  /// A swap with everything that C needs: columns, and what multiplies the four activations.
  func prepared(_ swap: Swap) -> basin_swap {
    var result = basin_swap()
    result.networks = shape.networks
    result.moving = swap.network
    setColumns(&result, a: swap.a, b: swap.b)
    withUnsafeMutableBytes(of: &result.weights) { bytes in
      var lowest = SIMD4<Float>(repeating: .infinity)
      var highest = SIMD4<Float>(repeating: -.infinity)
      for label in 0..<shape.classes {
        // Summed over the networks in order, old and new alike, as the rebuild does.
        var new = SIMD2<Float>.zero
        var old = SIMD2<Float>.zero
        for network in 0..<shape.networks {
          let atA = output(network, orders[network][swap.a], label)
          let atB = output(network, orders[network][swap.b], label)
          old += SIMD2(atA, atB)
          new += network == swap.network ? SIMD2(atB, atA) : SIMD2(atA, atB)
        }
        let four = SIMD4(new.x, new.y, -old.x, -old.y)
        // Not bound to SIMD4: C aligns the array to its floats only.
        bytes.storeBytes(
          of: four, toByteOffset: label * MemoryLayout<SIMD4<Float>>.stride,
          as: SIMD4<Float>.self)
        lowest = lowest.replacing(with: four, where: four .< lowest)
        highest = highest.replacing(with: four, where: four .> highest)
      }
      result.highest = (highest.x, highest.y, highest.z, highest.w)
      result.lowest = (lowest.x, lowest.y, lowest.z, lowest.w)
    }
    return result
  }

  /// The average's output weights, position by position: units × classes.
  func averageOutputs() -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(shape.units * shape.classes)
    for position in 0..<shape.units {
      for label in 0..<shape.classes {
        var sum: Float = 0
        for network in 0..<shape.networks {
          sum += output(network, orders[network][position], label)
        }
        result.append(sum)
      }
    }
    return result
  }

  @inline(__always)
  func output(_ network: Int, _ unit: Int, _ label: Int) -> Float {
    outputs[(network * shape.units + unit) * shape.classes + label]
  }

  /// Networks × units × classes: wᵢ W2_i[class][unit].
  static func scaledOutputs(of networks: [Network], scales: [Float]) -> [Float] {
    var result: [Float] = []
    for (network, scale) in zip(networks, scales) {
      let weight = network.graph.axisGroups[0].axes[2].parameter
      let (classes, units) = (
        network.parameters[weight].shape[0], network.parameters[weight].shape[1]
      )
      network.parameters[weight].withBuffer { values in
        for unit in 0..<units {
          for label in 0..<classes { result.append(values[label * units + unit] * scale) }
        }
      }
    }
    return result
  }

  /// Σ wᵢ b2_i.
  static func averageBias(of networks: [Network], scales: [Float]) -> [Float] {
    let graph = networks[0].graph
    let node = graph.parameters[graph.axisGroups[0].axes[2].parameter].node
    guard let bias = graph.parameterIndex(of: node, role: .bias) else {
      return [Float](repeating: 0, count: graph.classCount)
    }
    return (0..<graph.classCount).map { label in
      zip(networks, scales).reduce(0) { $0 + $1.0.parameters[bias][label] * $1.1 }
    }
  }
}
