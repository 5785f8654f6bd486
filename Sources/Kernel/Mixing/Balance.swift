/// Unit rescaling: the freedom that rectifiers leave beside permutations.
///
/// max(s x, 0) = s max(x, 0) for s > 0, so a hidden unit's incoming weights and bias can be
/// multiplied by s and its outgoing weights divided by it (Entezari et al. 2022, Section 3.1).
extension Network {
  /// The network with the incoming and outgoing norms of every hidden unit equal, and in how many
  /// passes over its layers.
  ///
  /// A unit's incoming norm is that of its weights and bias, its outgoing norm that of the weights
  /// that read it. Scaling one layer changes the norms of the next, so the layers are gone over
  /// until no unit wants to change by more than 1e-9: that lowers the sum of all squared weights
  /// at each step, and ends at its only minimum. Units with a norm of zero stay as they are.
  /// Arithmetic is in 64 bits, rounded once at the end.
  ///
  /// - Throws: `incompatible` where a hidden unit feeds something else than a rectifier, or `stopped`.
  public func balanced(
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> (network: Network, passes: Int) {
    try checkFinite()
    try checkRescalable()
    let groups = graph.axisGroups
    var values = parameters.map { $0.values.map(Double.init) }
    var passes = 0
    var largest = Double.infinity
    // Deep networks take some tens of passes; a limit against rounding that never settles.
    while largest > 1e-9, passes < 10_000 {
      largest = 0
      passes += 1
      for group in groups {
        let incoming = squares(of: group, axis: 0, in: values, stop)
        let outgoing = squares(of: group, axis: 1, in: values, stop)
        let factors = zip(incoming, outgoing).map { into, out in
          into > 0 && out > 0 ? (out / into).squareRoot().squareRoot() : 1
        }
        for factor in factors { largest = max(largest, abs(factor - 1)) }
        for axis in group.axes {
          scale(&values[axis.parameter], axis, by: factors, stop)
        }
        if stop.isRaised { throw Failure(.stopped, "stopped before all norms were equal") }
      }
    }
    let tensors = zip(parameters, values).map { tensor, values in
      Tensor(shape: tensor.shape, values: values.map { Float($0) })
    }
    return (with(parameters: tensors), passes)
  }

  /// Throws unless every hidden unit goes through a rectifier and nowhere else.
  private func checkRescalable() throws(Failure) {
    let last = graph.nodes.count - 1
    for node in graph.nodes {
      guard case .convolution(let convolution) = node.layer, convolution.groups > 1 else {
        continue
      }
      throw Failure(
        .incompatible,
        "`\(node.name)` is a convolution in groups, whose units have no weights from all of the "
          + "layer below, so their scale is not moved")
    }
    // Of a normalization behind a rectifier neither scale nor shift belong to what comes in.
    for axis in graph.axisGroups.flatMap(\.axes) {
      let node = graph.nodes[graph.parameters[axis.parameter].node]
      guard node.layer.isNormalization else { continue }
      throw Failure(
        .incompatible, "`\(node.name)` normalizes units, so their scale is moved by it alone")
    }
    for (index, node) in graph.nodes.enumerated() where node.layer.makesUnits && index != last {
      let readers = graph.nodes.filter { $0.inputs.contains(index) }.map(\.layer)
      guard readers == [.relu] else {
        throw Failure(
          .incompatible,
          "the units of `\(node.name)` are not followed by a rectifier alone, so their scale "
            + "cannot be moved")
      }
    }
  }

  /// The sum of squares of each unit of a group over the arrays that have it on an axis.
  private func squares(
    of group: AxisGroup, axis: Int, in values: [[Double]], _ stop: StopSignal
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: group.count)
    for use in group.axes where use.axis == axis {
      visit(use, stop) { element, unit in
        let value = values[use.parameter][element]
        sums[unit] += value * value
      }
    }
    return sums
  }

  /// Multiplies what makes a unit by its factor, and divides what reads it.
  private func scale(
    _ values: inout [Double], _ use: AxisGroup.Axis, by factors: [Double], _ stop: StopSignal
  ) {
    visit(use, stop) { element, unit in
      values[element] *= use.axis == 0 ? factors[unit] : 1 / factors[unit]
    }
  }

  /// Every element of an array, with the unit that it belongs to along an axis.
  private func visit(
    _ use: AxisGroup.Axis, _ stop: StopSignal, _ body: (_ element: Int, _ unit: Int) -> Void
  ) {
    let shape = graph.parameters[use.parameter].shape
    let inner = shape[(use.axis + 1)...].reduce(1, *)
    let count = shape.reduce(1, *)
    for element in 0..<count {
      // Every million elements is every few milliseconds.
      if element & 0xF_FFFF == 0, stop.isRaised { return }
      body(element, element / inner % shape[use.axis] / use.block)
    }
  }
}
