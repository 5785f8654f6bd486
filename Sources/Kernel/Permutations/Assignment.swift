/// A pairing of the rows of a square cost matrix with its columns, of least total cost.
///
/// Exact, and checkable: the duals prove it. For every row and column
/// `rowDuals[i] + columnDuals[j] <= cost[i, j]` to rounding, with equality for every pair, so no
/// other pairing can cost less than the duals' sum.
public struct Assignment: Hashable, Sendable {
  /// For each row, its column.
  public let columns: [Int]
  /// The sum of the costs of all pairs, in row order.
  public let cost: Double
  /// What each row contributes to the proof.
  public let rowDuals: [Double]
  /// What each column contributes to the proof.
  public let columnDuals: [Double]

  /// The assignment of least cost.
  ///
  /// The same for every processor: among equal costs the lowest column counts. Throws where the
  /// matrix is not square or a cost is not a finite number.
  ///
  /// - Parameter stop: When raised, ends the work with the failure `stopped`.
  public init(minimizing costs: Matrix, stop: StopSignal? = nil) throws(Failure) {
    try Self.checkSquare(costs.rows, costs.columns)
    self = try costs.values.withUnsafeBufferPointer { buffer throws(Failure) in
      try Assignment(minimizing: buffer, count: costs.rows, stop: stop)
    }
  }

  /// The assignment of least cost for a tensor of rows × columns; the arithmetic is in 64 bits.
  ///
  /// - Parameter stop: When raised, ends the work with the failure `stopped`.
  public init(minimizing costs: Tensor, stop: StopSignal? = nil) throws(Failure) {
    try Self.checkSquare(costs.shape.first ?? 0, costs.shape.dropFirst().reduce(1, *))
    self = try costs.withBuffer { buffer throws(Failure) in
      try Assignment(minimizing: buffer, count: costs.shape[0], stop: stop)
    }
  }

  /// The permutation that brings to each row the unit of its column.
  ///
  /// With costs of the units of one network (rows) against those of another (columns) it renumbers the
  /// other's.
  public var permutation: Permutation {
    guard let permutation = Permutation(columns) else {
      preconditionFailure("an assignment that is no permutation")
    }
    return permutation
  }

  /// The assignment of least cost of `count` × `count` numbers, row by row.
  ///
  /// Shortest augmenting paths with dual variables (Jonker and Volgenant 1987,
  /// doi:10.1007/BF02278710): columns first take their cheapest row, freed rows then bid for
  /// columns, and for each row still free one search through the reduced costs finds the shortest
  /// path to a free column. At most count³ steps.
  init<Cost: AssignmentCost>(
    minimizing costs: UnsafeBufferPointer<Cost>, count: Int, stop: StopSignal? = nil
  ) throws(Failure) {
    precondition(costs.count == count * count, "\(costs.count) costs for \(count) rows")
    precondition(count < Int(Int32.max), "\(count) rows")
    guard count > 0, let base = costs.baseAddress else {
      (columns, cost, rowDuals, columnDuals) = ([], 0, [], [])
      return
    }
    if !Cost.allFinite(costs) {
      let place = costs.firstIndex { !$0.isFinite } ?? 0
      throw Failure(
        .notFinite,
        "the cost of pairing unit \(place / count + 1) with unit \(place % count + 1) is not a "
          + "finite number",
        notes: ["a network or a measure it was computed from holds NaN or infinity"])
    }
    var solver = AssignmentSolver(costs: base, count: count, stop: stop)
    defer { solver.free() }
    let rowsDone = try solver.solve()
    var total = 0.0
    var duals: [Double] = []
    for (row, column) in rowsDone.enumerated() {
      let cost = Double(base[row * count + column])
      total += cost
      duals.append(cost - solver.duals[column])
    }
    columns = rowsDone
    cost = total
    rowDuals = duals
    columnDuals = Array(UnsafeBufferPointer(start: solver.duals, count: count))
  }

  private static func checkSquare(_ rows: Int, _ columns: Int) throws(Failure) {
    guard rows == columns || (rows == 0 && columns <= 1) else {
      throw Failure(
        .shapeMismatch,
        "a cost matrix for pairing units should be square, and is "
          + shapeText([rows, columns]))
    }
  }
}

/// The least-cost assignment by trying all count! of them: the reference for tests, up to 7 rows.
func assignmentByTrying(_ costs: Matrix) -> (columns: [Int], cost: Double) {
  precondition(costs.rows == costs.columns && costs.rows < 8, "\(costs.rows) rows to try")
  var best: (columns: [Int], cost: Double)?
  func extend(_ chosen: [Int]) {
    if chosen.count == costs.rows {
      let cost = chosen.enumerated().reduce(0) { $0 + costs[$1.offset, $1.element] }
      if cost < best?.cost ?? .infinity { best = (chosen, cost) }
      return
    }
    for column in 0..<costs.rows where !chosen.contains(column) { extend(chosen + [column]) }
  }
  extend([])
  return best ?? ([], 0)
}
