import Contract
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct ActivationMatchingTests {
  private func search(
    _ networks: [Network], _ data: DataSet, similarity: String = "correlation",
    samples: Int? = nil, threads: Int = 2
  ) throws -> SearchOutcome {
    try ActivationMatching(
      Settings([
        "similarity": .word(similarity),
        "samples": samples.map { .integer($0) } ?? .word("all"),
      ])
    ).search(
      SearchTask(
        networks: networks, data: data, random: RandomStream(seed: 1, name: "search"),
        pool: WorkPool(threadCount: threads)))
  }

  /// What the units of the first hidden layer give, by the definition.
  private func activations(_ network: Network, _ data: DataSet) -> [[Double]] {
    let (weight, bias) = (network.parameters[0], network.parameters[1])
    let features = weight.count / bias.count
    return (0..<bias.count).map { unit in
      (0..<data.count).map { sample in
        max(
          0,
          (0..<features).reduce(Double(bias[unit])) {
            $0 + Double(weight[unit * features + $1])
              * Double(data.inputs[sample * features + $1])
          })
      }
    }
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private func similarity(_ name: String, _ a: [Double], _ b: [Double]) -> Double {
    let product = mean(zip(a, b).map(*))
    if name == "product" { return product }
    let covariance = product - mean(a) * mean(b)
    if name == "covariance" { return covariance }
    let deviations = [a, b].map { values in
      (mean(values.map { $0 * $0 }) - mean(values) * mean(values)).squareRoot()
    }
    return covariance / (deviations[0] * deviations[1])
  }

  private func orders(_ count: Int) -> [[Int]] {
    func extend(_ chosen: [Int]) -> [[Int]] {
      if chosen.count == count { return [chosen] }
      return (0..<count).filter { !chosen.contains($0) }.flatMap { extend(chosen + [$0]) }
    }
    return extend([])
  }

  @Test(arguments: ["correlation", "covariance", "product"], [0, 1, 2])
  func theBestOfAllOrdersIsFound(name: String, number: Int) throws {
    // 700 samples: a chunk that is not full, and a run that is not.
    let data = smallProblem(samples: 700, features: 7, seed: UInt64(number + 1))
    let networks = try trainedNetworks(2, hidden: [5], on: data)
    let (a, b) = (activations(networks[0], data), activations(networks[1], data))
    let best = try #require(
      orders(5).map { order in
        (order, order.enumerated().reduce(0) { $0 + similarity(name, a[$1.offset], b[$1.element]) })
      }.max { $0.1 < $1.1 })
    let outcome = try search(networks, data, similarity: name)
    #expect(outcome.permutations?[1].groups[0].sources == best.0)
    #expect(abs((outcome.cost ?? 0) + best.1 / 5) < 1e-5 * max(1, abs(best.1)))
  }

  /// Trap 12: a unit that never fires has no correlation, and one NaN spoils an assignment.
  @Test func deadUnitsAreMatchedToDeadUnits() throws {
    let data = smallProblem(samples: 300, features: 7)
    var networks = try trainedNetworks(2, hidden: [6], on: data)
    for (number, dead) in [[1, 4], [0, 5]].enumerated() {
      for unit in dead { networks[number].parameters[1][unit] = -1_000 }
    }
    let outcome = try search(networks, data)
    let sources = try #require(outcome.permutations?[1].groups[0].sources)
    #expect(Set([sources[1], sources[4]]) == [0, 5])
    #expect(outcome.cost?.isFinite == true)
  }

  /// The scale of a unit is no part of what it responds to; only the correlation knows that.
  @Test func onlyCorrelationIgnoresTheScaleOfUnits() throws {
    let data = smallProblem(samples: 400, features: 9)
    let network = try trainedNetworks(1, hidden: [8], on: data)[0]
    var scaled = network
    for unit in 0..<8 {
      let factor = Float(unit % 2 == 0 ? 40 : 0.02)
      for input in 0..<9 { scaled.parameters[0][unit * 9 + input] *= factor }
      scaled.parameters[1][unit] *= factor
      for output in 0..<data.classCount { scaled.parameters[2][output * 8 + unit] /= factor }
    }
    let found = try search([network, scaled], data)
    #expect(found.permutations?[1].groups[0].sources == Array(0..<8))
    #expect(abs((found.cost ?? 0) + 1) < 1e-5)
  }

  /// All weights of a layer scaled alike: small units are no dead ones.
  @Test(arguments: [-24, 24]) func theScaleOfAWholeNetworkChangesNothing(exponent: Int) throws {
    let data = smallProblem(samples: 400, features: 9)
    let networks = try trainedNetworks(2, hidden: [8], on: data)
    var scaled = networks
    for number in 0..<2 {
      for place in 0..<2 {
        for element in 0..<scaled[number].parameters[place].count {
          scaled[number].parameters[place][element] *= Float(
            sign: .plus, exponent: exponent, significand: 1)
        }
      }
    }
    let expected = try search(networks, data)
    let found = try search(scaled, data)
    #expect(found.permutations == expected.permutations)
    #expect(found.permutations?[1].isIdentity == false)
    #expect(abs((found.cost ?? 0) - (expected.cost ?? 1)) < 1e-5)
    let similarities = try [networks, scaled].map {
      try $0[0].activationSimilarities(with: $0[1], group: 0, on: data)
    }
    for (a, b) in zip(similarities[0].values, similarities[1].values) {
      #expect(a.isNaN == b.isNaN && (a.isNaN || abs(a - b) < 1e-5))
    }
  }

  // An equal network counted as one that has nothing in common with the first.
  @Test(arguments: ["correlation", "covariance", "product"])
  func equalNetworksAreAsAlikeAsTheyAre(name: String) throws {
    let data = smallProblem(samples: 700, features: 7)
    let network = try trainedNetworks(1, hidden: [6], on: data)[0]
    let units = activations(network, data)
    let own = mean(units.map { similarity(name, $0, $0) })
    let outcome = try search([network, network], data, similarity: name)
    #expect(outcome.permutations?[1].isIdentity == true)
    #expect(abs((outcome.cost ?? 0) + own) < 1e-5 * max(1, own))
    #expect(outcome.cost == outcome.startCost && outcome.steps == 1)
  }

  @Test func theThreadsAndTheSubsetAreSaidAndKept() throws {
    let data = smallProblem(samples: 5_000, features: 6)
    let networks = try trainedNetworks(3, hidden: [20, 11], on: data)
    let one = try search(networks, data, threads: 1)
    let two = try search(networks, data, threads: 2)
    #expect(one.permutations == two.permutations && one.cost == two.cost)
    let few = try search(networks, data, samples: 200)
    #expect(few.permutations != nil && few.cost != one.cost)
    #expect(few.notes == ["the cost is over 200 of 5000 samples"] && one.notes.isEmpty)
  }
}
