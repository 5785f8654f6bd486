extension Network {
  /// A number that all renumberings of the network's hidden units share.
  ///
  /// Other networks have another number, but for chance (one in 2⁶⁴). It is found by colour
  /// refinement (Weisfeiler and Leman 1968): every unit's colour is made anew, so many times as there
  /// are groups of axes, from the weights that touch it and the colours at their other ends. Sums are
  /// of integers, so the order of the units leaves no trace.
  public var renumberingKey: UInt64 {
    let groups = graph.axisGroups
    var colours = groups.map { [UInt64](repeating: 1, count: $0.count) }
    for _ in groups {
      var next = groups.map { [UInt64](repeating: 0, count: $0.count) }
      for (parameter, tensor) in parameters.enumerated() {
        let axes = coloured(tensor.shape, parameter, groups, colours)
        for (axis, own) in axes.enumerated() {
          guard let group = own.group else { continue }
          visit(tensor, axes) { place, sum in
            next[group][place[axis] / own.block] &+= RandomStream.mixed(
              sum &- own.colours[place[axis]])
          }
        }
      }
      for group in groups.indices {
        for unit in next[group].indices {
          colours[group][unit] = RandomStream.mixed(next[group][unit])
        }
      }
    }
    var key: UInt64 = 0
    for (parameter, tensor) in parameters.enumerated() {
      let axes = coloured(tensor.shape, parameter, groups, colours)
      visit(tensor, axes) { _, sum in key &+= RandomStream.mixed(sum) }
    }
    return key
  }

  /// One axis of an array with a colour for each place on it.
  private struct ColouredAxis {
    /// The group that renumbers it; `nil` of an axis that nothing moves.
    var group: Int?
    var block: Int
    var colours: [UInt64]
  }

  private func coloured(
    _ shape: [Int], _ parameter: Int, _ groups: [AxisGroup], _ colours: [[UInt64]]
  ) -> [ColouredAxis] {
    shape.indices.map { axis in
      let salt = RandomStream.mixed(UInt64(parameter * 8 + axis))
      for (group, members) in groups.enumerated() {
        guard
          let member = members.axes.first(where: { $0.parameter == parameter && $0.axis == axis })
        else { continue }
        return ColouredAxis(
          group: group, block: member.block,
          colours: (0..<shape[axis]).map { place in
            RandomStream.mixed(
              colours[group][place / member.block]
                &+ RandomStream.mixed(UInt64(place % member.block)) ^ salt)
          })
      }
      return ColouredAxis(
        group: nil, block: 1,
        colours: (0..<shape[axis]).map { RandomStream.mixed(UInt64($0) &+ salt) })
    }
  }

  /// Calls `body` for every number of an array with its place and the sum of what it is made of.
  private func visit(
    _ tensor: Tensor, _ axes: [ColouredAxis], _ body: ([Int], UInt64) -> Void
  ) {
    tensor.withBuffer { values in
      var place = [Int](repeating: 0, count: axes.count)
      for value in values {
        var sum = RandomStream.mixed(UInt64(value.bitPattern))
        for axis in axes.indices { sum &+= axes[axis].colours[place[axis]] }
        body(place, sum)
        var axis = axes.count - 1
        while axis >= 0 {
          place[axis] += 1
          if place[axis] < tensor.shape[axis] { break }
          place[axis] = 0
          axis -= 1
        }
      }
    }
  }
}
