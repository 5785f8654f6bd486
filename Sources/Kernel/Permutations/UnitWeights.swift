/// What belongs to each hidden unit, as matching methods compare it.
extension Network {
  /// All weights of each unit of a group, a row for each unit: what comes in, the bias, what goes out.
  ///
  /// Shape: units × numbers, in the order of the group's axes, in 64 bits. Two networks of one
  /// architecture have their numbers in the same order, so that with the units of the other layers
  /// held as they are, the product of one's rows with the other's says how much of ⟨θ_A, π(θ_B)⟩ each
  /// pair of units would give (Ainsworth et al. 2022, Eq. 4).
  public func unitWeights(of group: AxisGroup) -> Matrix {
    let parts = group.axes.map { parameters[$0.parameter].part($0, units: group.count) }
    let lengths = parts.map { $0.count / group.count }
    var result = Matrix(rows: group.count, columns: lengths.reduce(0, +))
    var first = 0
    for ((axis, tensor), length) in zip(zip(group.axes, parts), lengths) {
      // Neighbours of one unit, and everything after the axis, stand together.
      let inner = tensor.shape[(axis.axis + 1)...].reduce(1, *) * axis.block
      tensor.withBuffer { values in
        for unit in 0..<group.count {
          for place in 0..<length {
            let (outer, rest) = place.quotientAndRemainder(dividingBy: inner)
            result[unit, first + place] = Double(
              values[(outer * group.count + unit) * inner + rest])
          }
        }
      }
      first += length
    }
    return result
  }
}
