import TestSupport
import Testing

@testable import Kernel

@Suite struct FunctionGapTests {
  @Test func agreesWithTheFormulaWrittenOut() throws {
    let graph = Graph.mlp(inputShape: [2], hidden: [9], classes: 2)
    let networks = (0..<2).map {
      Network(graph: graph, initial: .unbiased, from: RandomStream(seed: 1, name: "net \($0)"))
    }
    var problem = MadeProblem(.sphere)
    problem.sampleCount = 50
    let data = try problem.draw(from: RandomStream(seed: 2, name: "sphere")).train
    let weights = networks.map { $0.parameters.map { $0.values.map(Double.init) } }
    func outputs(_ weights: [[Double]], _ x: [Double]) -> [Double] {
      let hidden = (0..<9).map { unit in
        max(0, weights[0][2 * unit] * x[0] + weights[0][2 * unit + 1] * x[1] + weights[1][unit])
      }
      return (0..<2).map { out in
        (0..<9).reduce(weights[3][out]) { $0 + weights[2][out * 9 + $1] * hidden[$1] }
      }
    }
    let gaps = try FunctionGap.measure(
      from: networks[0], to: networks[1], on: data, alphas: [0, 0.3, 0.5, 1])
    for gap in gaps {
      let mixed = zip(weights[0], weights[1]).map { a, b in
        zip(a, b).map { gap.alpha * $0 + (1 - gap.alpha) * $1 }
      }
      var all: [Double] = []
      for sample in 0..<50 {
        let x = (0..<2).map { Double(data.inputs.values[2 * sample + $0]) }
        #expect(abs(x[0] * x[0] + x[1] * x[1] - 2) < 1e-5)
        let (mix, a, b) = (
          outputs(mixed, x), outputs(weights[0], x), outputs(weights[1], x)
        )
        for out in 0..<2 {
          all.append(abs(mix[out] - gap.alpha * a[out] - (1 - gap.alpha) * b[out]))
        }
      }
      #expect(abs(gap.mean - all.reduce(0, +) / 100) < 1e-6)
      #expect(abs(gap.largest - (all.max() ?? 0)) < 1e-6)
    }
    #expect(gaps[0].largest < 1e-6 && gaps[3].largest < 1e-6 && gaps[2].mean > 1e-3)
  }

  @Test func unbiasedNetworksHaveTheTheoremsWeights() {
    let graph = Graph.mlp(inputShape: [3], hidden: [400], classes: 1)
    let network = Network(
      graph: graph, initial: .unbiased, from: RandomStream(seed: 1, name: "net"))
    #expect(network.parameters[1].values.allSatisfy { $0 == 0 })
    #expect(network.parameters[3].values.allSatisfy { $0 == 0 })
    for (index, bound) in [(0, 1 / 3.0.squareRoot()), (2, 1 / 400.0.squareRoot())] {
      let values = network.parameters[index].values.map { abs(Double($0)) }
      #expect((values.max() ?? 0) <= bound && (values.max() ?? 0) > 0.97 * bound)
      #expect(abs(values.reduce(0, +) / Double(values.count) - bound / 2) < 0.05 * bound)
    }
  }
}
