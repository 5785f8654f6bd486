import Contract
import Foundation
import Kernel
import Testing

@testable import Plugins

@Suite struct FunctionalDifferenceTests {
  private func network(_ hidden: [Int], _ number: Int) -> Network {
    Network(
      graph: .mlp(inputShape: [4], hidden: hidden, classes: 3), initial: .uniform,
      from: RandomStream(seed: 9, name: "fd test").child("network", number))
  }

  private func data(_ count: Int = 300, constant: Bool = false) -> DataSet {
    var stream = RandomStream(seed: 9, name: "fd data")
    let values = (0..<count * 4).map { place in
      constant && place % 4 == 2 ? Float(0.5) : Float(stream.nextNormalPair().0 + 0.3)
    }
    return DataSet(
      name: "made", inputs: Tensor(shape: [count, 4], values: values),
      labels: [UInt8](repeating: 0, count: count), classCount: 3)
  }

  private func search(
    _ networks: [Network], _ data: DataSet, match: String = "greedy", samples: Int? = nil,
    threads: Int = 2, stop: StopSignal = StopSignal(), hessian: String = "full",
    cache: InputMomentCache = InputMomentCache(byteLimit: 1 << 24)
  ) throws -> SearchOutcome {
    try FunctionalDifference(
      Settings([
        "match": .word(match), "samples": samples.map { .integer($0) } ?? .word("all"),
        "hessian": .word(hessian), "sweeps": .integer(10),
      ]), cache: cache
    ).search(
      SearchTask(
        networks: networks, data: data, random: RandomStream(seed: 1, name: "search"),
        pool: WorkPool(threadCount: threads), stop: stop))
  }

  // MARK: - The formula, written out

  /// The inverse by Gauss and Jordan with pivots.
  private func inverse(_ matrix: [[Double]]) -> [[Double]] {
    let count = matrix.count
    var rows = matrix.enumerated().map { index, row in
      row + (0..<count).map { $0 == index ? 1.0 : 0 }
    }
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      let scale = rows[column][column]
      rows[column] = rows[column].map { $0 / scale }
      for row in 0..<count where row != column {
        let factor = rows[row][column]
        rows[row] = zip(rows[row], rows[column]).map { $0 - factor * $1 }
      }
    }
    return rows.map { Array($0[count...]) }
  }

  /// Inputs of a layer with a 1 appended, after the layers below.
  private func inputs(_ network: Network, layer: Int, _ data: DataSet) -> [[Double]] {
    (0..<data.count).map { sample in
      var values = (0..<4).map { Double(data.inputs[sample * 4 + $0]) }
      for below in 0..<layer {
        let (weight, bias) = (network.parameters[2 * below], network.parameters[2 * below + 1])
        values = (0..<bias.count).map { unit in
          max(
            0,
            values.indices.reduce(Double(bias[unit])) {
              $0 + Double(weight[unit * values.count + $1]) * values[$1]
            })
        }
      }
      return values + [1]
    }
  }

  private func moment(_ rows: [[Double]]) -> [[Double]] {
    rows[0].indices.map { i in
      rows[0].indices.map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } / Double(rows.count) }
    }
  }

  private func units(_ network: Network, layer: Int) -> [[Double]] {
    let (weight, bias) = (network.parameters[2 * layer], network.parameters[2 * layer + 1])
    let inputs = weight.count / bias.count
    return (0..<bias.count).map { unit in
      (0..<inputs).map { Double(weight[unit * inputs + $0]) } + [Double(bias[unit])]
    }
  }

  /// d_ij = ½ (w_i − w_j)ᵀ (H_A⁻¹ + H_B⁻¹)⁻¹ (w_i − w_j), as the paper prints it.
  private func distances(_ a: Network, _ b: Network, layer: Int, _ data: DataSet) -> [[Double]] {
    let left = inverse(moment(inputs(a, layer: layer, data)))
    let right = inverse(moment(inputs(b, layer: layer, data)))
    let metric = inverse(zip(left, right).map { zip($0, $1).map(+) })
    let (unitsA, unitsB) = (units(a, layer: layer), units(b, layer: layer))
    return unitsA.map { first in
      unitsB.map { second in
        let difference = zip(first, second).map(-)
        let mapped = metric.map { zip($0, difference).reduce(0) { $0 + $1.0 * $1.1 } }
        return zip(mapped, difference).reduce(0) { $0 + $1.0 * $1.1 } / 2
      }
    }
  }

  private func orders(_ count: Int) -> [[Int]] {
    func extend(_ chosen: [Int]) -> [[Int]] {
      if chosen.count == count { return [chosen] }
      return (0..<count).filter { !chosen.contains($0) }.flatMap { extend(chosen + [$0]) }
    }
    return extend([])
  }

  private func sum(_ distances: [[Double]], _ order: [Int]) -> Double {
    order.enumerated().reduce(0) { $0 + distances[$1.offset][$1.element] }
  }

  @Test(arguments: 0..<10)
  func optimalIsTheBestOfAllOrdersByThePapersFormula(number: Int) throws {
    let (a, b) = (network([5], 2 * number), network([5], 2 * number + 1))
    let distances = distances(a, b, layer: 0, data())
    let best = try #require(orders(5).min { sum(distances, $0) < sum(distances, $1) })
    let outcome = try search([a, b], data(), match: "optimal")
    #expect(outcome.permutations?[1].groups[0].sources == best)
    #expect(abs((outcome.cost ?? 0) / sum(distances, best) - 1) < 1e-4)
    #expect(abs((outcome.startCost ?? 0) / sum(distances, Array(0..<5)) - 1) < 1e-4)
  }

  @Test(arguments: 0..<10)
  func greedyStrikesOutTheClosestPairFirst(number: Int) throws {
    let (a, b) = (network([5], 2 * number), network([5], 2 * number + 1))
    let distances = distances(a, b, layer: 0, data())
    var expected = [Int](repeating: -1, count: 5)
    let pairs = (0..<25).sorted { distances[$0 / 5][$0 % 5] < distances[$1 / 5][$1 % 5] }
    for pair in pairs where expected[pair / 5] < 0 && !expected.contains(pair % 5) {
      expected[pair / 5] = pair % 5
    }
    #expect(try search([a, b], data()).permutations?[1].groups[0].sources == expected)
  }

  @Test(arguments: 0..<5)
  func theSecondLayerIsMatchedInTheOrderOfTheFirst(number: Int) throws {
    let (a, b) = (network([4, 5], 2 * number), network([4, 5], 2 * number + 1))
    let outcome = try search([a, b], data(), match: "optimal")
    let found = try #require(outcome.permutations?[1])
    // The network with its first layer in the order found, by the ordinary way.
    var first = NetworkPermutation(identityFor: b.graph)
    first.groups[0] = found.groups[0]
    let moved = b.permuted(by: first)
    let distances = distances(a, moved, layer: 1, data())
    let best = try #require(orders(5).min { sum(distances, $0) < sum(distances, $1) })
    #expect(sum(distances, found.groups[1].sources) <= sum(distances, best) * (1 + 1e-4))
  }

  // MARK: - Other readings of H

  @Test(arguments: 0..<5)
  func theDiagonalWeighsEachInputByItself(number: Int) throws {
    let (a, b) = (network([5], 2 * number), network([5], 2 * number + 1))
    let moment = moment(inputs(a, layer: 0, data()))
    // Both read the same inputs: the parallel sum of a number with itself is its half.
    let distances = units(a, layer: 0).map { first in
      units(b, layer: 0).map { second in
        moment.indices.reduce(0) { sum, input in
          let difference = first[input] - second[input]
          return sum + moment[input][input] / 2 * difference * difference / 2
        }
      }
    }
    let best = try #require(orders(5).min { sum(distances, $0) < sum(distances, $1) })
    let outcome = try search([a, b], data(), match: "optimal", hessian: "diagonal")
    #expect(outcome.permutations?[1].groups[0].sources == best)
    #expect(abs((outcome.cost ?? 0) / sum(distances, best) - 1) < 1e-4)
  }

  @Test(arguments: 0..<5)
  func theScalarReadingWeighsPairsByTheirMeanActivations(number: Int) throws {
    let (a, b) = (network([5, 3], 2 * number), network([5, 3], 2 * number + 1))
    let means = [a, b].map { network in
      let rows = inputs(network, layer: 1, data())
      return (0..<5).map { unit in rows.reduce(0) { $0 + $1[unit] } / Double(rows.count) }
    }
    let distances = units(a, layer: 0).enumerated().map { i, first in
      units(b, layer: 0).enumerated().map { j, second in
        zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 2
          / (1 / means[0][i] + 1 / means[1][j])
      }
    }
    let best = try #require(orders(5).min { sum(distances, $0) < sum(distances, $1) })
    let outcome = try search([a, b], data(), match: "optimal", hessian: "scalar")
    #expect(outcome.permutations?[1].groups[0].sources == best)
  }

  // MARK: - Singular moments

  @Test func deadUnitsAndConstantInputsAreNoTrouble() throws {
    // The second unit of each network never fires on the data, and the third input is constant.
    func withADeadUnit(_ network: Network) -> Network {
      var parameters = network.parameters
      for input in 0..<4 { parameters[0][4 + input] = 0 }
      parameters[1][1] = -1
      return network.with(parameters: parameters)
    }
    let (a, b) = (withADeadUnit(network([6, 5], 0)), withADeadUnit(network([6, 5], 1)))
    let outcome = try search([a, b], data(constant: true))
    #expect(outcome.cost?.isFinite == true)
    #expect(outcome.permutations?[1].fits(b.graph) == true)
    let planted = NetworkPermutation(
      randomFor: a.graph, from: RandomStream(seed: 2, name: "planted"))
    let again = try search([a, a.permuted(by: planted)], data(constant: true))
    #expect(again.permutations?[1] == planted.inverse)
  }

  // By means a dead unit costs nothing beside a live one either, and the first of equal pairs won.
  @Test func deadUnitsGoToDeadUnitsByMeans() throws {
    func withDeadUnits(_ network: Network, _ units: [Int]) -> Network {
      var parameters = network.parameters
      for unit in units {
        for input in 0..<4 { parameters[0][4 * unit + input] = 0 }
        parameters[1][unit] = -1
      }
      return network.with(parameters: parameters)
    }
    let a = withDeadUnits(network([6], 0), [0, 3])
    let b = withDeadUnits(network([6], 1), [4, 5])
    let outcome = try search([a, b], data(), hessian: "scalar")
    let sources = try #require(outcome.permutations?[1].groups[0].sources)
    #expect(Set([sources[0], sources[3]]) == [4, 5])
  }

  @Test func directionsThatOneNetworkNeverSeesAreFree() throws {
    // Network A's second input unit is dead, B's first: no input of the next layer is alive in both,
    // so merging costs nothing but through the bias. A pseudo-inverse of pseudo-inverses charges.
    let root = Matrix.parallelSumRoot(
      Matrix(rows: 2, columns: 2, values: [2, 0, 0, 0]),
      Matrix(rows: 2, columns: 2, values: [0, 0, 0, 3]))
    let a = Matrix(rows: 1, columns: 2, values: [5, 7])
    let b = Matrix(rows: 1, columns: 2, values: [-1, 4])
    let pool = WorkPool(threadCount: 1)
    #expect(UnitDistances(a, b, root: root, pool: pool).matrix.values == [0])
  }

  // MARK: - As a search

  @Test(arguments: ["greedy", "optimal"], [[9], [8, 8], [6, 9, 6]])
  func findsAPlantedPermutation(match: String, hidden: [Int]) throws {
    for seed in 0..<5 as Range<UInt64> {
      let original = network(hidden, 1)
      let planted = NetworkPermutation(
        randomFor: original.graph, from: RandomStream(seed: seed, name: "planted"))
      let outcome = try search([original, original.permuted(by: planted)], data(), match: match)
      #expect(outcome.permutations?[1] == planted.inverse)
      #expect((outcome.cost ?? 1) < 1e-12)
    }
  }

  @Test func optimalNeverCostsMoreThanGreedyWithOneLayer() throws {
    for number in 0..<10 {
      let networks = [network([12], 2 * number), network([12], 2 * number + 1)]
      let greedy = try #require(try search(networks, data()).cost)
      let optimal = try #require(try search(networks, data(), match: "optimal").cost)
      #expect(optimal <= greedy * (1 + 1e-12))
    }
  }

  @Test func everyNetworkIsMatchedToTheFirst() throws {
    let networks = (0..<3).map { network([8, 8], $0) }
    let together = try search(networks, data())
    for other in 1...2 {
      let pair = try search([networks[0], networks[other]], data())
      #expect(together.permutations?[other] == pair.permutations?[1])
    }
    #expect(together.permutations?[0].isIdentity == true)
  }

  @Test func keptMomentsGiveTheSameResult() throws {
    let cache = InputMomentCache(byteLimit: 1 << 24)
    let networks = [network([8, 8], 0), network([8, 8], 1)]
    let first = try search(networks, data(), cache: cache)
    // The input's, shared, and one of each network.
    #expect(cache.count == 3)
    let second = try search(networks, data(), cache: cache)
    #expect(second.permutations == first.permutations)
    #expect(second.cost == first.cost)
    #expect(cache.count == 3)
  }

  @Test func samplesAreASubsetThatTheSeedFixes() throws {
    let networks = [network([8, 8], 0), network([8, 8], 1)]
    let some = try search(networks, data(), samples: 40)
    #expect(try search(networks, data(), samples: 40).cost == some.cost)
    #expect(try search(networks, data()).cost != some.cost)
    #expect(
      try search(networks, data(), samples: 1_000).cost == search(networks, data()).cost)
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let networks = [network([150, 140], 0), network([150, 140], 1)]
    let outcomes = try [1, 2, 3].map { try search(networks, data(2_000), threads: $0) }
    for outcome in outcomes.dropFirst() {
      #expect(outcome.permutations == outcomes[0].permutations)
      #expect(outcome.cost == outcomes[0].cost)
    }
  }

  @Test func stoppedBeforeTheDataItKeepsTheOrder() throws {
    let stop = StopSignal()
    stop.raise()
    let outcome = try search([network([8], 0), network([8], 1)], data(), stop: stop)
    #expect(outcome.status == .partial(0, "stopped"))
    #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
    // Nothing was measured: it is no cost of zero.
    #expect(outcome.cost == nil && outcome.startCost == nil && outcome.trace == [])
  }

  @Test func needsData() throws {
    let method = try FunctionalDifference(Settings(defaultsOf: FunctionalDifference.card))
    let failure = #expect(throws: Failure.self) {
      try method.search(
        SearchTask(
          networks: [network([5], 0), network([5], 1)],
          random: RandomStream(seed: 1, name: "search")))
    }
    #expect(failure?.message.contains("data") == true)
  }
}
