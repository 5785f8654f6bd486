extension Network {
  /// A number that all renumberings of the network's hidden units share.
  ///
  /// Other networks have another number, but for chance (one in 2⁶⁴). It is found by colour
  /// refinement (Weisfeiler and Leman 1968): every unit's colour is made anew, so many times as there
  /// are groups of axes, from the weights that touch it and the colours at their other ends. Sums are
  /// of integers, so the order of the units leaves no trace.
  ///
  /// - Returns: Nothing once `stop` is raised.
  public func renumberingKey(stop: StopSignal = StopSignal()) -> UInt64? {
    let groups = graph.axisGroups
    var colours = groups.map { [UInt64](repeating: 1, count: $0.count) }
    // Ranges of one layer's units are groups of one distance from the input.
    let layers = graph.nodes.count { $0.layer.makesUnits }
    for _ in 0..<min(groups.count, layers) {
      var next = groups.map { [UInt64](repeating: 0, count: $0.count) }
      for (parameter, tensor) in parameters.enumerated() {
        let axes = coloured(tensor.shape, parameter, groups, colours)
        for (axis, own) in axes.enumerated() {
          guard own.isMoved else { continue }
          visit(tensor, axes, stop) { place, sum in
            let entry = own.firstOfRow[place[0]] &+ place[axis]
            let group = own.groups[entry]
            guard group >= 0 else { return }
            next[group][own.units[entry]] &+= RandomStream.mixed(sum &- own.colours[entry])
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
      visit(tensor, axes, stop) { _, sum in key &+= RandomStream.mixed(sum) }
    }
    return stop.isRaised ? nil : key
  }

  /// One axis of an array with a colour for each place on it.
  ///
  /// Which unit a column belongs to can hang on the row: there is a table for each set of rows, one
  /// after the other.
  private struct ColouredAxis {
    var colours: [UInt64]
    /// The group and the unit that each place belongs to; -1 where nothing moves it.
    var groups: [Int]
    var units: [Int]
    /// Where the table of each row begins.
    var firstOfRow: [Int]
    /// Whether anything moves a place of it.
    var isMoved: Bool { groups.contains { $0 >= 0 } }
  }

  private func coloured(
    _ shape: [Int], _ parameter: Int, _ groups: [AxisGroup], _ colours: [[UInt64]]
  ) -> [ColouredAxis] {
    shape.indices.map { axis in
      let salt = RandomStream.mixed(UInt64(parameter * 8 + axis))
      let plain = (0..<shape[axis]).map { RandomStream.mixed(UInt64($0) &+ salt) }
      let unmoved = [Int](repeating: -1, count: shape[axis])
      var result = ColouredAxis(
        colours: plain, groups: unmoved, units: unmoved,
        firstOfRow: [Int](repeating: 0, count: shape[0]))
      for (group, members) in groups.enumerated() {
        for member in members.axes where member.parameter == parameter && member.axis == axis {
          let rows = member.rows ?? 0..<shape[0]
          // Whatever ranges these rows have, the first of them makes the table.
          if member.rows != nil, result.firstOfRow[rows.lowerBound] == 0 {
            for row in rows { result.firstOfRow[row] = result.colours.count }
            result.colours += plain
            result.groups += unmoved
            result.units += unmoved
          }
          let first = result.firstOfRow[rows.lowerBound]
          for (place, entry) in member.entries(units: members.count).enumerated() {
            let (unit, rest) = place.quotientAndRemainder(dividingBy: member.block)
            result.groups[first + entry] = group
            result.units[first + entry] = unit
            result.colours[first + entry] = RandomStream.mixed(
              colours[group][unit] &+ RandomStream.mixed(UInt64(rest)) ^ salt)
          }
        }
      }
      return result
    }
  }

  /// Calls `body` for every number of an array with its place and the sum of what it is made of.
  private func visit(
    _ tensor: Tensor, _ axes: [ColouredAxis], _ stop: StopSignal,
    _ body: ([Int], UInt64) -> Void
  ) {
    tensor.withBuffer { values in
      var place = [Int](repeating: 0, count: axes.count)
      for (number, value) in values.enumerated() {
        // Every million numbers is every few milliseconds.
        if number & 0xF_FFFF == 0, stop.isRaised { return }
        var sum = RandomStream.mixed(UInt64(value.bitPattern))
        for (axis, own) in axes.enumerated() {
          sum &+= own.colours[own.firstOfRow[place[0]] &+ place[axis]]
        }
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
