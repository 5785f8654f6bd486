import Testing

@testable import Kernel

@Suite struct AssignmentTests {
  /// Uniform random costs.
  private func randomCosts(_ count: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed, name: "assignment test")
    return Matrix(
      rows: count, columns: count, values: (0..<count * count).map { _ in stream.nextUnit() })
  }

  /// What the duals prove: no reduced cost below zero, none above zero on a pair.
  private func expectProven(_ assignment: Assignment, for costs: Matrix, tolerance: Double) {
    var leastSlack = Double.infinity
    for row in 0..<costs.rows {
      for column in 0..<costs.columns {
        let slack =
          costs[row, column] - assignment.rowDuals[row] - assignment.columnDuals[column]
        leastSlack = min(leastSlack, slack)
      }
    }
    #expect(leastSlack >= -tolerance)
    let bound = (assignment.rowDuals + assignment.columnDuals).reduce(0, +)
    #expect(abs(bound - assignment.cost) <= tolerance * Double(costs.rows))
    #expect(Permutation(assignment.columns) != nil)
  }

  @Test(arguments: 2..<8, 0..<20 as Range<UInt64>)
  func agreesWithTryingThemAll(count: Int, seed: UInt64) throws {
    let costs = randomCosts(count, seed: seed)
    let tried = assignmentByTrying(costs)
    let found = try Assignment(minimizing: costs)
    #expect(abs(found.cost - tried.cost) < 1e-12)
    #expect(found.columns == tried.columns)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func agreesWithTryingThemAllWhereCostsAreEqual(seed: UInt64) throws {
    var stream = RandomStream(seed: seed, name: "ties")
    let costs = Matrix(
      rows: 6, columns: 6, values: (0..<36).map { _ in Double(stream.nextInt(below: 4)) - 1 })
    let found = try Assignment(minimizing: costs)
    #expect(found.cost == assignmentByTrying(costs).cost)
    expectProven(found, for: costs, tolerance: 0)
  }

  @Test(arguments: [8, 9, 15, 64, 255, 256, 257, 300, 513])
  func provesItsOptimumByTheDuals(count: Int) throws {
    let costs = randomCosts(count, seed: 7)
    expectProven(try Assignment(minimizing: costs), for: costs, tolerance: 1e-12)
  }

  @Test func provesItsOptimumOnStructuredCosts() throws {
    // Products i·j are the classic worst case of assignment codes; signs and sizes vary too.
    let count = 130
    for scale in [1.0, -1.0, 1e6, -1e-6] {
      var costs = Matrix(rows: count, columns: count)
      for row in 0..<count {
        for column in 0..<count { costs[row, column] = scale * Double((row + 1) * (column + 1)) }
      }
      let found = try Assignment(minimizing: costs)
      expectProven(found, for: costs, tolerance: abs(scale) * 1e-9)
      let descending = Array((0..<count).reversed())
      #expect(found.columns == (scale > 0 ? descending : Array(0..<count)))
    }
  }

  @Test func findsAHiddenPermutation() throws {
    var stream = RandomStream(seed: 3, name: "hidden")
    let order = stream.nextOrder(count: 200)
    var costs = randomCosts(200, seed: 4)
    for (row, column) in order.enumerated() { costs[row, column] = -0.01 }
    #expect(try Assignment(minimizing: costs).columns == order)
  }

  @Test func breaksTiesTheSameWayEachTime() throws {
    let flat = Matrix(rows: 40, columns: 40)
    let first = try Assignment(minimizing: flat)
    #expect(try Assignment(minimizing: flat) == first)
    #expect(first.cost == 0)
  }

  @Test func givesSingleAndDoubleCostsTheSameTreatment() throws {
    let costs = randomCosts(300, seed: 9)
    let single = Tensor(shape: [300, 300], values: costs.values.map { Float($0) })
    let widened = Matrix(rows: 300, columns: 300, values: single.values.map { Double($0) })
    #expect(try Assignment(minimizing: single) == Assignment(minimizing: widened))
  }

  // Ctrl-C and budgets waited for a whole assignment: half a second for 4096 units.
  @Test func endsSoonWhenItIsStopped() throws {
    let costs = randomCosts(300, seed: 5)
    let stop = StopSignal()
    #expect(try Assignment(minimizing: costs, stop: stop) == Assignment(minimizing: costs))
    stop.raise()
    let failure = #expect(throws: Failure.self) { try Assignment(minimizing: costs, stop: stop) }
    #expect(failure?.code == .stopped)
  }

  @Test func takesNoneAndOne() throws {
    #expect(try Assignment(minimizing: Matrix(rows: 0, columns: 0)).columns == [])
    let one = try Assignment(minimizing: Matrix(rows: 1, columns: 1, values: [-2.5]))
    #expect(one.columns == [0])
    #expect(one.cost == -2.5)
    #expect(one.rowDuals[0] + one.columnDuals[0] == -2.5)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func refusesWhatIsNotFinite(value: Double) throws {
    var costs = randomCosts(20, seed: 1)
    costs[16, 3] = value
    let failure = #expect(throws: Failure.self) { try Assignment(minimizing: costs) }
    #expect(failure?.code == .notFinite)
    #expect(failure?.message.contains("unit 17 with unit 4") == true)
  }

  @Test func refusesWhatIsNotSquare() {
    let failure = #expect(throws: Failure.self) {
      try Assignment(minimizing: Matrix(rows: 2, columns: 3))
    }
    #expect(failure?.code == .shapeMismatch)
  }
}
