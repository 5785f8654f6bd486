import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct SubspaceTrainerTests {
  private let data = smallProblem(samples: 40, features: 5, classes: 3)

  private func corners(_ count: Int, hidden: [Int] = [4, 3], dropout: Double = 0) -> [Network] {
    let graph = Graph.mlp(inputShape: [5], hidden: hidden, classes: 3, dropout: dropout)
    return (0..<count).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: 4, name: "corner \($0)"))
    }
  }

  private func trainer(
    _ settings: SubspaceSettings, threads: Int = 1, stop: StopSignal = StopSignal(),
    progress: ProgressSink = .none
  ) -> SubspaceTrainer {
    SubspaceTrainer(
      settings: settings, data: data, random: RandomStream(seed: 9, name: "subspace"),
      pool: WorkPool(threadCount: threads), stop: stop, progress: progress)
  }

  // MARK: - The objective, written down plainly in 64 bits

  /// Mean cross-entropy of a perceptron whose weights stand one after the other.
  private func crossEntropy(_ weights: [Double], widths: [Int]) -> Double {
    let inputs = data.inputs.values
    var sum = 0.0
    for sample in 0..<data.count {
      var values = (0..<5).map { Double(inputs[sample * 5 + $0]) }
      var place = 0
      for layer in 1..<widths.count {
        let (from, to) = (widths[layer - 1], widths[layer])
        var next = [Double](repeating: 0, count: to)
        for unit in 0..<to {
          next[unit] = weights[place + from * to + unit]
          for input in 0..<from {
            next[unit] += weights[place + unit * from + input] * values[input]
          }
        }
        place += from * to + to
        values = layer == widths.count - 1 ? next : next.map { max($0, 0) }
      }
      let largest = values.max() ?? 0
      let total = values.reduce(0) { $0 + exp($1 - largest) }
      sum += log(total) + largest - values[Int(data.labels[sample])]
    }
    return sum / Double(data.count)
  }

  /// CE(Σ α_i w_i) + β cos²(w_i, w_j).
  private func objective(
    _ corners: [[Double]], _ point: SubspaceTrainer.Point, beta: Double, widths: [Int]
  ) -> Double {
    let mixed = corners[0].indices.map { place in
      zip(corners, point.weights).reduce(0) { $0 + $1.0[place] * $1.1 }
    }
    let (a, b) = (corners[point.pair.first], corners[point.pair.second])
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let cosine = product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    return crossEntropy(mixed, widths: widths) + beta * cosine * cosine
  }

  private func flat(_ tensors: [Tensor]) -> [Double] {
    tensors.flatMap { $0.values.map(Double.init) }
  }

  /// One step over all samples without momentum moves every corner by −η times the gradient of the
  /// whole objective: against central differences, weight by weight.
  @Test(arguments: [(2, [4, 3]), (2, [6]), (3, [4]), (4, [3, 3])])
  func aStepFollowsTheGradientOfTheWholeObjective(count: Int, hidden: [Int]) throws {
    var settings = SubspaceSettings()
    settings.epochs = 1
    settings.batch = data.count
    settings.momentum = 0
    settings.learningRate = 0.5
    settings.beta = 3
    let networks = corners(count, hidden: hidden)
    let trainer = trainer(settings)
    let after = try trainer.train(networks[0].graph, from: SubspaceState(corners: networks))
    let point = trainer.point(epoch: 0, batch: 0, corners: count)
    let widths = [5] + hidden + [3]
    let before = networks.map { flat($0.parameters) }
    for corner in 0..<count {
      let moved = zip(before[corner], flat(after.corners[corner])).map { ($0 - $1) / 0.5 }
      for place in moved.indices {
        let step = 1e-5
        let values = [step, -step].map { change in
          var changed = before
          changed[corner][place] += change
          return objective(changed, point, beta: settings.beta, widths: widths)
        }
        let expected = (values[0] - values[1]) / (2 * step)
        #expect(
          abs(moved[place] - expected) < 2e-5 + 1e-4 * abs(expected),
          "corner \(corner), weight \(place): \(moved[place]) for \(expected)")
      }
    }
  }

  @Test func weightDecayAndMomentumAreThoseOfSGD() throws {
    // V ← μV + g + λw, twice, by hand from the steps of training without them.
    var settings = SubspaceSettings()
    settings.epochs = 1
    settings.batch = data.count
    settings.learningRate = 0.1
    settings.momentum = 0
    let networks = corners(2)
    let graph = networks[0].graph
    let plain = try trainer(settings).train(graph, from: SubspaceState(corners: networks))
    settings.weightDecay = 0.2
    settings.momentum = 0.7
    var start = SubspaceState(corners: networks)
    start.velocities = [networks[1].parameters, networks[0].parameters]
    let full = try trainer(settings).train(graph, from: start)
    for corner in 0..<2 {
      let w = flat(networks[corner].parameters)
      let gradient = zip(w, flat(plain.corners[corner])).map { ($0 - $1) / 0.1 }
      let velocity = flat(networks[1 - corner].parameters)
      for (place, value) in flat(full.corners[corner]).enumerated() {
        let expected = w[place] - 0.1 * (0.7 * velocity[place] + gradient[place] + 0.2 * w[place])
        #expect(abs(value - expected) < 1e-5)
      }
    }
  }

  @Test func pointsAreDrawnWhereTheSettingsSay() {
    var settings = SubspaceSettings()
    settings.alpha = 0.4...0.6
    let line = (0..<500).map { trainer(settings).point(epoch: 0, batch: $0, corners: 2) }
    #expect(line.allSatisfy { (0.4...0.6).contains($0.weights[0]) && $0.pair == (0, 1) })
    #expect(line.allSatisfy { $0.weights[0] + $0.weights[1] == 1 })
    let mean = line.reduce(0) { $0 + $1.weights[0] } / 500
    #expect(abs(mean - 0.5) < 0.01)
    // Dirichlet(1, 1, 1): the mean of each share is 1/3, and its variance 1/18.
    let simplex = (0..<3000).map { trainer(settings).point(epoch: 1, batch: $0, corners: 3) }
    for corner in 0..<3 {
      let shares = simplex.map { $0.weights[corner] }
      let mean = shares.reduce(0, +) / 3000
      let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3000
      #expect(abs(mean - 1.0 / 3) < 0.02 && abs(variance - 1.0 / 18) < 0.005)
    }
    for pair in [(0, 1), (0, 2), (1, 2)] {
      let share = Double(simplex.count { $0.pair == pair }) / 3000
      #expect(abs(share - 1.0 / 3) < 0.04)
    }
  }

  @Test(arguments: [2, 3])
  func threadsAndStopsChangeNothing(count: Int) throws {
    var settings = SubspaceSettings()
    settings.epochs = 4
    settings.batch = 7
    settings.learningRate = 0.05
    // More than one block of weights, so that threads have something to share.
    let networks = corners(count, hidden: [7000, 4], dropout: 0.25)
    let graph = networks[0].graph
    let start = SubspaceState(corners: networks)
    let whole = try trainer(settings).train(graph, from: start)
    #expect(whole.epoch == 4 && whole.centreScores.count == 5)
    let shared = try trainer(settings, threads: 3).train(graph, from: start)
    #expect(shared.corners == whole.corners && shared.centreScores == whole.centreScores)
    var state = start
    var legs = 0
    while state.epoch < 4 || state.centreScores.count < 5 {
      let stop = StopSignal()
      var trainer = trainer(settings, stop: stop)
      trainer.onStep = { stop.raise() }
      state = try trainer.train(graph, from: state)
      legs += 1
      try #require(legs < 100)
    }
    #expect(legs > 20)
    #expect(state.corners == whole.corners && state.velocities == whole.velocities)
    #expect(state.centreScores == whole.centreScores)
  }

  /// Trap 16: dropout on while scoring.
  @Test func theCentreIsScoredWithDropoutOff() throws {
    var settings = SubspaceSettings()
    settings.epochs = 0
    let networks = corners(2, hidden: [30], dropout: 0.5)
    let state = try trainer(settings).train(
      networks[0].graph, from: SubspaceState(corners: networks))
    let plain = Graph.mlp(inputShape: [5], hidden: [30], classes: 3)
    let average = try Network(graph: plain, parameters: Network.average(of: networks).parameters)
    #expect(state.centreScores == [try average.score(on: data)])
    #expect(state.corners == networks.map(\.parameters))
  }
}
