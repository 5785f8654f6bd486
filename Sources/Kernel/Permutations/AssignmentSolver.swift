internal import CVector

/// The state of one solution: the duals and who has whom, in memory that C can fill.
struct AssignmentSolver<Cost: AssignmentCost> {
  private let costs: UnsafePointer<Cost>
  private let count: Int
  /// The columns' dual variables.
  let duals: UnsafeMutablePointer<Double>
  /// The duals again, with -infinity for columns whose distance is settled: the reduced cost of
  /// these is then infinite and no scan looks at them, without a branch.
  private let openDuals: UnsafeMutablePointer<Double>
  private let distances: UnsafeMutablePointer<Double>
  /// For each column, the row before it on the shortest path.
  private let rowsBefore: UnsafeMutablePointer<Int32>
  private let blockLeast: UnsafeMutablePointer<Double>
  private let blockCount: Int
  private var columnOfRow: [Int]
  private var rowOfColumn: [Int]
  /// Rows that are the cheapest of more than one column, and so have no slack to give away.
  private var isContested: [Bool]
  private let stop: StopSignal?
  private var scanCount = 0
  private static var blockSize: Int { Int(BASIN_ASSIGNMENT_BLOCK) }

  init(costs: UnsafePointer<Cost>, count: Int, stop: StopSignal?) {
    self.costs = costs
    self.stop = stop
    self.count = count
    blockCount = (count + Self.blockSize - 1) / Self.blockSize
    duals = .allocate(capacity: count)
    openDuals = .allocate(capacity: count)
    distances = .allocate(capacity: count)
    rowsBefore = .allocate(capacity: count)
    blockLeast = .allocate(capacity: blockCount)
    duals.initialize(repeating: .infinity, count: count)
    openDuals.initialize(repeating: 0, count: count)
    distances.initialize(repeating: 0, count: count)
    rowsBefore.initialize(repeating: 0, count: count)
    blockLeast.initialize(repeating: 0, count: blockCount)
    columnOfRow = [Int](repeating: -1, count: count)
    rowOfColumn = [Int](repeating: -1, count: count)
    isContested = [Bool](repeating: false, count: count)
  }

  /// Gives the memory back.
  func free() {
    duals.deallocate()
    openDuals.deallocate()
    distances.deallocate()
    rowsBefore.deallocate()
    blockLeast.deallocate()
  }

  /// Pairs all rows; the column of each, or the failure `stopped` where the signal is raised.
  mutating func solve() throws(Failure) -> [Int] {
    guard count > 1 else {
      duals[0] = 0
      return [0]
    }
    try reduceColumns()
    var free = try transferReductions()
    // Two rounds of bidding, as in the paper: a third frees too few rows to pay.
    for _ in 0..<2 where !free.isEmpty { free = try bid(free) }
    for row in free { try augment(from: row) }
    return columnOfRow
  }

  /// Looks at the stop signal now and then: called before every scan of a row.
  private mutating func willScan() throws(Failure) {
    scanCount += 1
    // 64 rows of 4096 take a tenth of a millisecond; the clock of a budget is not read more often.
    if scanCount & 63 == 0, let stop, stop.isRaised {
      throw Failure(.stopped, "stopped before all units were paired")
    }
  }

  private func row(_ row: Int) -> UnsafePointer<Cost> { costs + row * count }

  /// Each column's dual is its least cost, and it takes the row that has it, if still free.
  private mutating func reduceColumns() throws(Failure) {
    for row in 0..<count {
      try willScan()
      Cost.columns(self.row(row), row, count, duals, rowsBefore)
    }
    for column in stride(from: count - 1, through: 0, by: -1) {
      let row = Int(rowsBefore[column])
      if columnOfRow[row] < 0 {
        columnOfRow[row] = column
        rowOfColumn[column] = row
      } else {
        isContested[row] = true
      }
    }
  }

  /// Lowers the duals of the paired columns by their rows' slack; the rows still free.
  private mutating func transferReductions() throws(Failure) -> [Int] {
    var free: [Int] = []
    for row in 0..<count {
      let column = columnOfRow[row]
      if column < 0 {
        free.append(row)
      } else if !isContested[row] {
        try willScan()
        let two = leastTwo(row)
        // The pair's own reduced cost is 0 and the least; the next is what can be given.
        duals[column] -= two.column == column ? two.second - two.least : 0
      }
    }
    return free
  }

  /// Each free row takes its cheapest column at the price that leaves it indifferent to the next
  /// best, and the row that had the column bids in turn; the rows that end up free.
  private mutating func bid(_ rows: [Int]) throws(Failure) -> [Int] {
    var queue = rows
    var next = 0
    var free: [Int] = []
    // Rounding can make a bid raise nothing worth raising for very long; the searches that follow
    // need no more than count steps for each row, so neither may this.
    var patience = 8 * count
    while next < queue.count {
      let row = queue[next]
      next += 1
      try willScan()
      let two = leastTwo(row)
      var column = two.column
      let lowered = duals[column] - (two.second - two.least)
      let isLowered = lowered < duals[column]
      if isLowered {
        duals[column] = lowered
      } else if rowOfColumn[column] >= 0, let other = secondColumn(row, two) {
        column = other
      }
      let previous = rowOfColumn[column]
      columnOfRow[row] = column
      rowOfColumn[column] = row
      guard previous >= 0 else { continue }
      columnOfRow[previous] = -1
      patience -= 1
      if isLowered && patience > 0 {
        next -= 1
        queue[next] = previous
      } else {
        free.append(previous)
      }
    }
    return free
  }

  private struct LeastTwo {
    var least: Double
    var second: Double
    var column: Int
  }

  private func leastTwo(_ row: Int) -> LeastTwo {
    var values = (0.0, 0.0)
    var column: Int32 = 0
    withUnsafeMutablePointer(to: &values) { pointer in
      pointer.withMemoryRebound(to: Double.self, capacity: 2) {
        Cost.leastTwo(self.row(row), duals, count, $0, &column)
      }
    }
    return LeastTwo(least: values.0, second: values.1, column: Int(column))
  }

  /// Another column as cheap as the cheapest; asked only where the two least are equal.
  private func secondColumn(_ row: Int, _ two: LeastTwo) -> Int? {
    let costs = self.row(row)
    return (0..<count).first { $0 != two.column && Double(costs[$0]) - duals[$0] == two.second }
  }

  /// Finds the shortest path from a free row to a free column and exchanges the pairs along it.
  private mutating func augment(from start: Int) throws(Failure) {
    openDuals.update(from: duals, count: count)
    Cost.start(row(start), openDuals, start, count, distances, rowsBefore, blockLeast)
    var settled: [(column: Int, distance: Double)] = []
    var end = nextColumn()
    while rowOfColumn[end.column] >= 0 {
      try willScan()
      let row = rowOfColumn[end.column]
      settled.append(end)
      let shift = Double(self.row(row)[end.column]) - duals[end.column] - end.distance
      openDuals[end.column] = -.infinity
      distances[end.column] = .infinity
      Cost.relax(
        self.row(row), openDuals, shift, row, count, distances, rowsBefore, blockLeast)
      end = nextColumn()
    }
    for (column, distance) in settled { duals[column] += distance - end.distance }
    var column = end.column
    while true {
      let row = Int(rowsBefore[column])
      rowOfColumn[column] = row
      let before = columnOfRow[row]
      columnOfRow[row] = column
      if row == start { return }
      column = before
    }
  }

  /// The nearest column; among equally near ones the first that is free, else the first.
  private func nextColumn() -> (column: Int, distance: Double) {
    var least = Double.infinity
    for block in 0..<blockCount where blockLeast[block] < least { least = blockLeast[block] }
    var first: Int?
    for block in 0..<blockCount where blockLeast[block] == least {
      let end = Int32(min((block + 1) * Self.blockSize, count))
      var column = basin_assignment_find(distances, Int32(block * Self.blockSize), end, least)
      while column < end {
        if rowOfColumn[Int(column)] < 0 { return (Int(column), least) }
        if first == nil { first = Int(column) }
        column = basin_assignment_find(distances, column + 1, end, least)
      }
    }
    guard let first else { preconditionFailure("an assignment without a shortest path") }
    return (first, least)
  }
}
