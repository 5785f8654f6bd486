import Kernel

extension Row {
  static let assignmentRows = [
    assignment(
      "assignment_1024", "assignment, 1024 x 1024, uniform costs", reach: 0.045
    ) { _ in uniformCosts(count: 1024) },
    assignment(
      "assignment_4096", "assignment, 4096 x 4096, uniform costs", reach: 1.87
    ) { _ in uniformCosts(count: 4096) },
    assignment(
      "assignment_1024_weights", "assignment, 1024 x 1024, products of trained units' weights",
      isQuick: false
    ) { workplace throws(Failure) in
      try weightCosts(workplace.networks(.widest))
    },
  ]

  private static func assignment(
    _ name: String, _ title: String, reach: Double? = nil, isQuick: Bool = true,
    costs: @escaping @Sendable (Workplace) throws(Failure) -> Matrix
  ) -> Row {
    Row(name, title, unit: "solution", reach: reach, isQuick: isQuick, warmsUp: true) {
      workplace throws(Failure) in
      let matrix = try costs(workplace)
      return { () throws(Failure) in
        let (seconds, solution) = try timed { () throws(Failure) in
          try Assignment(minimizing: matrix)
        }
        return Timing(seconds: seconds, detail: "cost \(text(solution.cost, digits: 6))")
      }
    }
  }

  /// Uniform numbers in [0, 1): SplitMix64 (Steele, Lea, Flood 2014) of the place, which the peers
  /// compute alike.
  private static func uniformCosts(count: Int) -> Matrix {
    let values = (0..<UInt64(count * count)).map { place -> Double in
      var z = (place &+ 1) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
    return Matrix(rows: count, columns: count, values: values)
  }

  /// −⟨w_i, w_j⟩ over the rows of the two networks' first weights: what weight matching solves.
  private static func weightCosts(_ networks: [Network]) -> Matrix {
    let (a, b) = (networks[0].parameters[0], networks[1].parameters[0])
    let (units, inputs) = (a.shape[0], a.shape[1])
    var products = Tensor(shape: [units, units])
    a.withBuffer { left in
      b.withBuffer { right in
        products.withMutableBuffer { result in
          guard let x = left.baseAddress, let y = right.baseAddress, let z = result.baseAddress
          else { return }
          Products.multiply(
            rows: units, columns: units, inner: inputs, scale: -1, x, strideA: inputs, y,
            .transposed, strideB: inputs, into: z, strideC: units)
        }
      }
    }
    return Matrix(rows: units, columns: units, values: products.values.map(Double.init))
  }
}
