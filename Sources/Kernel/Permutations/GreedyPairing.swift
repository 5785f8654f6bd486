/// Pairs rows with columns by repeatedly taking the cheapest pair that is left.
///
/// The pair of the smallest cost is matched, its row and column struck out, and so on; among equal
/// costs the lowest row, then the lowest column. Not the cheapest pairing in sum: `Assignment` is.
/// Each row keeps its cheapest free column and looks again only when it lost that one, so about
/// count² steps.
///
/// - Parameter stop: When raised, ends the work with the failure `stopped`.
/// - Returns: For each row, its column.
public func greedyPairing(
  _ costs: Matrix, stop: StopSignal? = nil
) throws(Failure) -> [Int] {
  precondition(costs.rows == costs.columns, "\(costs.rows) rows, \(costs.columns) columns")
  let count = costs.rows
  guard costs.values.withUnsafeBufferPointer(Double.allFinite) else {
    throw Failure(.notFinite, "a cost of pairing two units is not a finite number")
  }
  guard count > 0 else { return [] }
  let pairs: [Int]? = costs.values.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return [] }
    // A struck column costs infinitely more: minus a dual of minus infinity.
    var struck = [Double](repeating: 0, count: count)
    func cheapest(_ row: Int) -> (cost: Double, column: Int) {
      var values = [0.0, 0.0]
      var column: Int32 = 0
      Double.leastTwo(base + row * count, struck, count, &values, &column)
      return (values[0], Int(column))
    }
    var offers = (0..<count).map(cheapest)
    var open = Array(0..<count)
    var result = [Int](repeating: 0, count: count)
    while !open.isEmpty {
      if let stop, stop.isRaised { return nil }
      var best = 0
      for place in open.indices where offers[open[place]].cost < offers[open[best]].cost {
        best = place
      }
      let row = open.remove(at: best)
      let column = offers[row].column
      result[row] = column
      struck[column] = -.infinity
      for other in open where offers[other].column == column { offers[other] = cheapest(other) }
    }
    return result
  }
  guard let pairs else { throw Failure(.stopped, "stopped before all units were paired") }
  return pairs
}
