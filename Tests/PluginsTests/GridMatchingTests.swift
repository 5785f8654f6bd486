import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct GridMatchingTests {
  private func networks(
    _ inputs: Int, width: Int, hidden: Int = 1, seed: UInt64 = 4
  ) -> [Network] {
    (0..<2).map {
      Network(
        graph: .mlp(
          inputShape: [inputs], hidden: [Int](repeating: width, count: hidden), classes: 1),
        initial: .unbiased, from: RandomStream(seed: seed, name: "network \($0)"))
    }
  }

  private func search(_ networks: [Network], cell: Double? = nil) throws -> SearchOutcome {
    let given: [String: Setting] = cell.map { ["cell": .real($0)] } ?? [:]
    return try GridMatching(Settings(defaultsOf: GridMatching.card, given)).search(
      SearchTask(networks: networks, random: RandomStream(seed: 1, name: "search")))
  }

  /// As many pairs share a cell as can: Σ_s min(|C_s(U)|, |C_s(U′)|), with C_s by Equation 3, the
  /// nearest centre in the largest norm.
  @Test(arguments: [(1, 5), (2, 3), (3, 2)])
  func pairsShareACellWhereTheyCan(inputs: Int, cells: Int) throws {
    let networks = networks(inputs, width: 60)
    let edge = 1 / Double(inputs).squareRoot()
    let xi = edge / Double(cells)
    let outcome = try search(networks, cell: 2 * xi)
    let sources = try #require(outcome.permutations?[1].groups[0].sources)
    var centres: [[Double]] = [[]]
    for _ in 0..<inputs {
      centres = centres.flatMap { centre in
        (0..<cells).map { centre + [-edge + xi * Double(2 * $0 + 1)] }
      }
    }
    let nearest = networks.map { network -> [Int] in
      let weights = network.parameters[0].values
      return (0..<60).map { unit in
        centres.indices.min { left, right in
          func distance(_ centre: [Double]) -> Double {
            (0..<inputs).map { abs(Double(weights[unit * inputs + $0]) - centre[$0]) }.max() ?? 0
          }
          return distance(centres[left]) < distance(centres[right])
        } ?? 0
      }
    }
    let most = centres.indices.reduce(0) { sum, centre in
      sum + min(nearest[0].count { $0 == centre }, nearest[1].count { $0 == centre })
    }
    #expect(sources.indices.count { nearest[0][$0] == nearest[1][sources[$0]] } == most)
    // Who is left over is matched at random, not in order.
    let rest = sources.indices.filter { nearest[0][$0] != nearest[1][sources[$0]] }.map {
      sources[$0]
    }
    #expect(rest.count < 4 || (rest != rest.sorted() && rest != rest.sorted(by: >)))
  }

  @Test func autoTakesTheBestOfAFewCells() throws {
    let networks = networks(2, width: 200)
    let method = try GridMatching(Settings(defaultsOf: GridMatching.card))
    let counts = method.cellCounts(units: 200, inputs: 2)
    #expect(counts == 1...8)
    let costs = try counts.map { count in
      try #require(try search(networks, cell: 2.0.squareRoot() / Double(count)).cost)
    }
    let outcome = try search(networks)
    #expect(outcome.cost == costs.min())
    #expect(try #require(outcome.cost) < 0.6 * #require(outcome.startCost))
  }

  @Test func theGapFallsWithTheWidth() throws {
    var stream = RandomStream(seed: 3, name: "angles")
    let values = (0..<200).flatMap { _ -> [Float] in
      let angle = stream.nextReal(in: 0, 2 * .pi)
      return [Float(2.0.squareRoot() * cos(angle)), Float(2.0.squareRoot() * sin(angle))]
    }
    let data = DataSet(
      name: "circle", inputs: Tensor(shape: [200, 2], values: values),
      labels: [UInt8](repeating: 0, count: 200), classCount: 1)
    let gaps = try [32, 2048].map { width in
      // The mean of eight pairs: one by itself may be far from it.
      try (0..<8 as Range<UInt64>).reduce(0.0) { sum, seed in
        let networks = networks(2, width: width, seed: seed)
        let moved = try search(networks).networks(from: networks)
        return sum
          + (try FunctionGap.measure(from: moved[0], to: moved[1], on: data, alphas: [0.5])[0].mean)
      } / 8
    }
    // 64 times the width, at a slope of at most −1/8: at most 0.6 of the gap.
    #expect(gaps[1] < 0.6 * gaps[0])
  }

  // A network of which the clock cut some cells short was called matched.
  @Test func whatIsStoppedBetweenTwoCellsIsNotMatched() throws {
    let networks = networks(2, width: 60_000)
    let whole = try search(networks)
    var pause = 2_000
    while true {
      let outcome = try GridMatching(Settings(defaultsOf: GridMatching.card)).search(
        SearchTask(
          networks: networks, random: RandomStream(seed: 1, name: "search"),
          stop: StopSignal.raised(afterMicroseconds: pause)))
      guard outcome.status.isPartial else {
        #expect(outcome.permutations == whole.permutations && outcome.cost == whole.cost)
        break
      }
      #expect(outcome.steps == 0)
      #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
      #expect(outcome.notes.first?.contains("not reached") == true)
      pause *= 2
    }
    #expect(pause > 2_000)
  }

  @Test func onlyFewInputsAndOneLayer() throws {
    #expect(throws: Failure.self) { try search(networks(4, width: 5)) }
    #expect(throws: Failure.self) { try search(networks(2, width: 5, hidden: 2)) }
  }
}
