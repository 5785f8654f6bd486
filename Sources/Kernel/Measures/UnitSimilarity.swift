/// How alike the units of one hidden layer of two networks are, unit by unit.
extension Network {
  /// The cosine of the angle between the incoming weights, bias included, of each unit of this
  /// network's group and each of the other's: units × units, in 64 bits.
  ///
  /// A unit without weights is like nothing: NaN. Inputs are compared place by place, so that above
  /// the first layer it says something once the layer below is aligned.
  public func weightSimilarities(with other: Network, group: Int) -> Matrix {
    let own = graph.axisGroups[group]
    let axes = own.axes.filter {
      $0.axis == 0 && graph.nodes[graph.parameters[$0.parameter].node].layer.makesUnits
    }
    let count = own.count
    let (first, second) = (incoming(axes, count), other.incoming(axes, count))
    let lengths = [first, second].map { units in
      units.map { unit in unit.reduce(0.0) { $0 + $1 * $1 }.squareRoot() }
    }
    var result = Matrix(rows: count, columns: count)
    for row in 0..<count {
      for column in 0..<count {
        var product = 0.0
        first[row].withUnsafeBufferPointer { a in
          second[column].withUnsafeBufferPointer { b in
            for place in a.indices { product += a[place] * b[place] }
          }
        }
        let scale = lengths[0][row] * lengths[1][column]
        result[row, column] = scale > 0 ? min(max(product / scale, -1), 1) : .nan
      }
    }
    return result
  }

  /// Pearson's correlation over the data of each unit of this network's group with each of the
  /// other's, both behind their rectifier: units × units; NaN where a unit never changes.
  public func activationSimilarities(
    with other: Network, group: Int, on data: DataSet, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> Matrix {
    let own = graph.axisGroups[group]
    guard let axis = own.axes.first(where: { $0.axis == 0 }) else {
      preconditionFailure("a group of units that no layer makes")
    }
    let node = graph.activation(after: graph.parameters[axis.parameter].node)
    let moment = try crossMoments(with: other, at: [node], on: data, pool: pool, stop: stop)[0]
      .part(axis.entries(units: own.count))
    var result = moment.covariance
    let deviations = [moment.first, moment.second].map { units in
      units.deviations.map { $0 ?? .nan }
    }
    for row in 0..<result.rows {
      for column in 0..<result.columns {
        let scale = deviations[0][row] * deviations[1][column]
        let value = result[row, column] / scale
        result[row, column] = value.isNaN ? .nan : min(max(value, -1), 1)
      }
    }
    return result
  }

  /// What comes into each unit, the arrays that make it one after the other.
  private func incoming(_ axes: [AxisGroup.Axis], _ count: Int) -> [[Double]] {
    var units = [[Double]](repeating: [], count: count)
    for axis in axes {
      let tensor = parameters[axis.parameter].part(axis, units: count)
      let length = tensor.count / count
      tensor.withBuffer { values in
        for unit in 0..<count {
          units[unit] += values[unit * length..<(unit + 1) * length].map(Double.init)
        }
      }
    }
    return units
  }
}
