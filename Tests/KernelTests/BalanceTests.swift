import TestSupport
import Testing

@testable import Kernel

@Suite struct BalanceTests {
  private func network(_ hidden: [Int], initial: InitialWeights = .uniform) -> Network {
    Network(
      graph: .mlp(inputShape: [6], hidden: hidden, classes: 3), initial: initial,
      from: RandomStream(seed: 5, name: "network"))
  }

  /// The same function with the scale of every hidden unit moved by some factor.
  private func rescaled(_ network: Network) -> Network {
    var parameters = network.parameters
    var stream = RandomStream(seed: 6, name: "scales")
    for layer in 0..<parameters.count / 2 - 1 {
      let (units, inputs) = (parameters[2 * layer].shape[0], parameters[2 * layer].shape[1])
      let next = parameters[2 * layer + 2].shape[0]
      for unit in 0..<units {
        let factor = Float(stream.nextReal(in: 0.05, 20))
        parameters[2 * layer].withMutableBuffer { buffer in
          for input in 0..<inputs { buffer[unit * inputs + input] *= factor }
        }
        parameters[2 * layer + 1].withMutableBuffer { $0[unit] *= factor }
        parameters[2 * layer + 2].withMutableBuffer { buffer in
          for row in 0..<next { buffer[row * units + unit] /= factor }
        }
      }
    }
    return network.with(parameters: parameters)
  }

  private func norms(_ network: Network, layer: Int, unit: Int) -> (into: Double, out: Double) {
    let (weights, bias) = (network.parameters[2 * layer], network.parameters[2 * layer + 1])
    let next = network.parameters[2 * layer + 2]
    let inputs = weights.shape[1]
    var into = Double(bias.values[unit]) * Double(bias.values[unit])
    for input in 0..<inputs {
      let value = Double(weights.values[unit * inputs + input])
      into += value * value
    }
    var out = 0.0
    for row in 0..<next.shape[0] {
      let value = Double(next.values[row * weights.shape[0] + unit])
      out += value * value
    }
    return (into.squareRoot(), out.squareRoot())
  }

  @Test(arguments: [[7], [7, 5], [8, 6, 7, 5]])
  func normsAreEqualAndTheFunctionStays(hidden: [Int]) throws {
    let original = rescaled(network(hidden))
    let (balanced, passes) = try original.balanced()
    #expect(hidden.count == 1 ? passes == 2 : passes > 2)
    try FunctionGate(for: original.graph).check(balanced, computes: original)
    for (layer, width) in hidden.enumerated() {
      for unit in 0..<width {
        let (into, out) = norms(balanced, layer: layer, unit: unit)
        #expect(abs(into - out) < 1e-5 * into, "layer \(layer), unit \(unit)")
      }
    }
  }

  /// There is one balanced network among all that differ by scales.
  @Test(arguments: [[7], [8, 6, 7]])
  func scalesAreForgotten(hidden: [Int]) throws {
    let original = network(hidden)
    let (a, b) = (try original.balanced().network, try rescaled(original).balanced().network)
    for (left, right) in zip(a.parameters, b.parameters) {
      for (x, y) in zip(left.values, right.values) { #expect(abs(x - y) < 1e-4) }
    }
    // One hidden layer in closed form: √(out / in).
    guard hidden.count == 1 else { return }
    for unit in 0..<7 {
      let (into, out) = norms(original, layer: 0, unit: unit)
      let factor = (out / into).squareRoot()
      let expected = Double(original.parameters[0].values[unit * 6]) * factor
      #expect(abs(Double(a.parameters[0].values[unit * 6]) - expected) < 1e-6)
    }
  }

  @Test func deadUnitsAndNetworksWithoutHiddenLayersStay() throws {
    var parameters = network([4]).parameters
    parameters[0].withMutableBuffer { for input in 0..<6 { $0[6 + input] = 0 } }
    parameters[1].withMutableBuffer { $0[1] = 0 }
    let dead = try Network(graph: network([4]).graph, parameters: parameters)
    let balanced = try dead.balanced().network
    let (before, after) = (dead.parameters[2].values, balanced.parameters[2].values)
    #expect(balanced.parameters[0].values[6..<12].allSatisfy { $0 == 0 })
    for row in 0..<3 { #expect(after[row * 4 + 1] == before[row * 4 + 1]) }
    let linear = network([])
    #expect(try linear.balanced().network.parameters == linear.parameters)
  }

  /// Ctrl-C in it was heard only when all passes were over.
  @Test func aRaisedSignalEndsIt() {
    let network = Network(
      graph: .mlp(inputShape: [5], hidden: [6, 4], classes: 3), initial: .uniform,
      from: RandomStream(seed: 1, name: "stopped"))
    let stop = StopSignal()
    stop.raise()
    let failure = #expect(throws: Failure.self) { _ = try network.balanced(stop: stop) }
    #expect(failure?.code == .stopped)
  }
}
