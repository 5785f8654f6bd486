import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct TrainerTests {
  @Test(arguments: [[], [7], [6, 5], [5, 4, 6]])
  func gradientsAgreeWithFiniteDifferences(hidden: [Int]) throws {
    let data = smallProblem(samples: 24, features: 6, classes: 3)
    let graph = Graph.mlp(inputShape: [6], hidden: hidden, classes: 3)
    // Uniform, for its biases: with zero biases whole layers can sit on a rectifier's kink.
    let network = Network(
      graph: graph, initial: .uniform, from: RandomStream(seed: 2, name: "gradient"))
    let gradient = gradient(of: network, on: data)
    var largest = 0.0
    var (asked, atKinks) = (0, 0)
    for (index, tensor) in network.parameters.enumerated() {
      for place in stride(from: 0, to: tensor.count, by: max(1, tensor.count / 7)) {
        let wide = slope(of: network, parameter: index, place: place, step: 1e-4, on: data)
        let narrow = slope(of: network, parameter: index, place: place, step: 1e-5, on: data)
        asked += 1
        // Where the two disagree a rectifier switches in between: no slope there.
        if abs(wide - narrow) > 1e-6 {
          atKinks += 1
        } else {
          largest = max(largest, abs(narrow - Double(gradient[index][place])))
        }
      }
    }
    // The difference quotient in double precision errs by about h² = 1e-8, the gradient by 1e-6.
    #expect(largest < 2e-5)
    #expect(10 * atKinks < asked)
  }

  @Test func momentumDecayAndRateFollowTheFormula() throws {
    let data = smallProblem(samples: 20, features: 5, classes: 3)
    let graph = Graph.mlp(inputShape: [5], hidden: [4], classes: 3)
    let start = Network(graph: graph, initial: .he, from: RandomStream(seed: 3, name: "start"))
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batch = 20
    settings.learningRate = 0.1
    settings.momentum = 0.8
    settings.weightDecay = 0.01
    settings.schedule = .cosine
    let trained = try Trainer(settings: settings, data: data).train([
      .init(start: start, order: RandomStream(seed: 1, name: "order"))
    ])[0]
    // One batch holds everything, so the order cannot matter and plain full-batch steps must agree.
    var weights = start.parameters.map(\.values)
    var velocity = weights.map { $0.map { _ in Float(0) } }
    for step in 0..<3 {
      let now = start.with(
        parameters: zip(graph.parameters, weights).map { Tensor(shape: $0.shape, values: $1) })
      let slopes = gradient(of: now, on: data)
      let rate = Float(0.1 * 0.5 * (1 + cos(.pi * Double(step) / 3)))
      for index in weights.indices {
        for place in weights[index].indices {
          velocity[index][place] =
            0.8 * velocity[index][place] + slopes[index][place] + 0.01 * weights[index][place]
          weights[index][place] -= rate * velocity[index][place]
        }
      }
    }
    for (tensor, expected) in zip(trained.network.parameters, weights) {
      for (a, b) in zip(tensor.values, expected) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func countsThePartialLastBatch() throws {
    let data = smallProblem(samples: 50, features: 5, classes: 3)
    var settings = TrainingSettings()
    settings.epochs = 1
    settings.batch = 32
    settings.learningRate = 1e-12
    let graph = Graph.mlp(inputShape: [5], hidden: [4], classes: 3)
    let start = Network(graph: graph, initial: .he, from: RandomStream(seed: 3, name: "start"))
    let outcome = try Trainer(settings: settings, data: data).train([
      .init(start: start, order: RandomStream(seed: 1, name: "order"))
    ])[0]
    // With no step to speak of the epoch's mean is the network's own score on all 50 samples.
    let score = try start.score(on: data)
    #expect(abs(outcome.state.history[0].loss - score.loss) < 1e-5)
    #expect(outcome.state.history[0].error == score.error)
  }

  @Test func sameBitsAtAnyNumberOfThreadsAndAlone() throws {
    let data = smallProblem()
    let alone = try trainedNetworks(1, hidden: [16], on: data, pool: WorkPool(threadCount: 1))
    let one = try trainedNetworks(3, hidden: [16], on: data, pool: WorkPool(threadCount: 1))
    let two = try trainedNetworks(3, hidden: [16], on: data, pool: WorkPool(threadCount: 2))
    let three = try trainedNetworks(3, hidden: [16], on: data, pool: WorkPool(threadCount: 3))
    #expect(one == two)
    #expect(one == three)
    #expect(one[0] == alone[0])
    #expect(one[0] != one[1])
  }

  @Test(arguments: [1, 7, 19, 37])
  func resumedTrainingEqualsAnUnbrokenRun(stopAfter: Int) throws {
    let data = smallProblem(samples: 200)
    let graph = Graph.mlp(
      inputShape: data.sampleShape, hidden: [10], classes: data.classCount, dropout: 0.2)
    let start = Network(graph: graph, initial: .he, from: RandomStream(seed: 4, name: "w"))
    let order = RandomStream(seed: 4, name: "o")
    var settings = TrainingSettings()
    settings.epochs = 8
    settings.batch = 32
    settings.schedule = .cosine
    let whole = try Trainer(settings: settings, data: data).train([
      .init(start: start, order: order)
    ])[0]
    // The report after some steps raises the signal, as Ctrl-C would.
    let stop = StopSignal()
    var trainer = Trainer(settings: settings, data: data, stop: stop)
    let steps = StepCounter(limit: stopAfter, stop: stop)
    trainer.onStep = { steps.count() }
    let partial = try trainer.train([.init(start: start, order: order)])[0]
    #expect(!partial.state.isFinished)
    #expect(partial.state.epoch * 7 + partial.state.batch == stopAfter)
    let resumed = try Trainer(settings: settings, data: data).train([
      .init(start: start, order: order, state: partial.state)
    ])[0]
    #expect(resumed.network == whole.network)
    #expect(resumed.state.history.map(\.loss) == whole.state.history.map(\.loss))
  }

  @Test func trainingAPermutedStartGivesThePermutedSolution() throws {
    let data = smallProblem()
    let graph = Graph.mlp(inputShape: data.sampleShape, hidden: [9, 8], classes: data.classCount)
    try Self.expectThePermutedSolution(of: graph, on: data, epochs: 3)
  }

  /// Training from a permuted start gives the permuted solution, to rounding.
  static func expectThePermutedSolution(
    of graph: Graph, on data: DataSet, epochs: Int
  ) throws {
    let start = Network(graph: graph, initial: .uniform, from: RandomStream(seed: 5, name: "w"))
    let permutation = NetworkPermutation(
      randomFor: graph, from: RandomStream(seed: 5, name: "permutation"))
    let order = RandomStream(seed: 5, name: "order")
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batch = 32
    let outcomes = try Trainer(settings: settings, data: data).train([
      .init(start: start, order: order),
      .init(start: start.permuted(by: permutation), order: order),
    ])
    let expected = outcomes[0].network.permuted(by: permutation)
    for (a, b) in zip(expected.parameters, outcomes[1].network.parameters) {
      for (x, y) in zip(a.values, b.values) { #expect(abs(x - y) < 1e-4) }
    }
  }

  /// A batch that takes long is given up in its middle, and made when the training goes on.
  @Test func aLongBatchThatIsGivenUpLeavesNoTrace() throws {
    let data = smallProblem(samples: 20_000, features: 64)
    let graph = Graph.mlp(inputShape: [64], hidden: [300, 64], classes: 4)
    let start = Network(graph: graph, initial: .he, from: RandomStream(seed: 3, name: "start"))
    var settings = TrainingSettings()
    settings.epochs = 6
    settings.batch = 15_000
    let order = RandomStream(seed: 1, name: "order")
    let whole = try Trainer(settings: settings, data: data)
      .train([.init(start: start, order: order)])[0]
    var state: TrainingState?
    var stops = 0
    while state?.isFinished != true {
      // Longer each time, so that however slow the machine is it comes to an end.
      let stop = StopSignal.raised(afterMicroseconds: 1_000 + 4_000 * stops)
      state = try Trainer(settings: settings, data: data, stop: stop)
        .train([.init(start: start, order: order, state: state)])[0].state
      stops += 1
    }
    #expect(stops > 0)
    #expect(state?.parameters == whole.state.parameters)
    #expect(state?.velocity == whole.state.velocity)
    #expect(state?.history.map(\.loss) == whole.state.history.map(\.loss))
  }

  @Test(arguments: [true, false])
  func measuringThatIsStoppedGivesNothing(isSplit: Bool) throws {
    let data = smallProblem(samples: 3000)
    let networks = try trainedNetworks(2, hidden: isSplit ? [8, 8] : [], on: data, epochs: 1)
    let stop = StopSignal()
    stop.raise()
    let measures: [() throws -> Void] = [
      { _ = try networks[0].score(on: data, stop: stop) },
      {
        _ = try Curve.measure(
          from: networks[0], to: networks[1], on: data, alphas: [0, 0.5, 1], stop: stop)
      },
      {
        _ = try PlainAverageEvaluator(
          networks, permutations: networks.map { .init(identityFor: $0.graph) }, data: data,
          stop: stop)
      },
    ]
    for measure in measures {
      let failure = #expect(throws: Failure.self) { try measure() }
      #expect(failure?.code == .stopped)
    }
  }

  @Test func stopsAtTheLossAskedFor() throws {
    let data = smallProblem()
    var settings = TrainingSettings()
    settings.epochs = 50
    settings.stopLoss = 0.4
    let graph = Graph.mlp(inputShape: data.sampleShape, hidden: [16], classes: data.classCount)
    let outcome = try Trainer(settings: settings, data: data).train([
      .init(
        start: Network(graph: graph, initial: .he, from: RandomStream(seed: 6, name: "w")),
        order: RandomStream(seed: 6, name: "o"))
    ])[0]
    let losses = outcome.state.history.map(\.loss)
    #expect(losses.count < 50)
    #expect(try #require(losses.last) <= 0.4)
    #expect(losses.dropLast().allSatisfy { $0 > 0.4 })
  }

  @Test func labelNoiseRedrawsTheShareAskedFor() throws {
    let data = smallProblem(samples: 4_000, features: 3, classes: 4)
    var settings = TrainingSettings()
    settings.labelNoise = 0.4
    let graph = Graph.mlp(inputShape: [3], hidden: [4], classes: 4)
    let trainer = Trainer(settings: settings, data: data)
    let task = Trainer.Task(
      start: Network(graph: graph, initial: .he, from: RandomStream(seed: 6, name: "w")),
      order: RandomStream(seed: 6, name: "o"))
    let noisy = trainer.noisyLabels([task])
    let changed = zip(noisy, data.labels).filter { $0 != $1 }.count
    // A redrawn label is the old one in a quarter of cases: 0.4 · 3/4 of 4 000, ± 4 deviations.
    #expect(abs(Double(changed) - 1_200) < 4 * (4_000 * 0.3 * 0.7).squareRoot())
    #expect(noisy == trainer.noisyLabels([task]))
  }

  @Test func saysSoWhenTheLossDiverges() throws {
    let data = smallProblem()
    var settings = TrainingSettings()
    settings.learningRate = 1e30
    let graph = Graph.mlp(inputShape: data.sampleShape, hidden: [16], classes: data.classCount)
    let failure = #expect(throws: Failure.self) {
      try Trainer(settings: settings, data: data).train([
        .init(
          start: Network(graph: graph, initial: .he, from: RandomStream(seed: 6, name: "w")),
          order: RandomStream(seed: 6, name: "o"))
      ])
    }
    #expect(failure?.code == .notFinite)
  }

  // MARK: - References

  private func gradient(of network: Network, on data: DataSet) -> [Tensor] {
    let workspace = Workspace(graph: network.graph, capacity: data.count, mode: .training)
    let weights = ParameterBuffer(reading: network)
    let result = ParameterBuffer(graph: network.graph)
    data.inputs.withBuffer { inputs in
      data.labels.withUnsafeBufferPointer { labels in
        guard let x = inputs.baseAddress, let y = labels.baseAddress else { return }
        _ = workspace.forward(weights, input: x, count: data.count)
        _ = workspace.backward(weights, labels: y, count: data.count, keep: 0, into: result)
      }
    }
    return result.tensors()
  }

  /// The difference quotient of a plain forward pass in double precision.
  private func slope(
    of network: Network, parameter: Int, place: Int, step: Double, on data: DataSet
  ) -> Double {
    func loss(_ shift: Double) -> Double {
      var weights = network.parameters.map { $0.values.map(Double.init) }
      weights[parameter][place] += shift
      return plainLoss(weights, network.graph, data)
    }
    return (loss(step) - loss(-step)) / (2 * step)
  }
}

/// Raises a stop signal after some steps.
private final class StepCounter: @unchecked Sendable {
  private var steps = 0
  private let limit: Int
  private let stop: StopSignal

  init(limit: Int, stop: StopSignal) {
    self.limit = limit
    self.stop = stop
  }

  func count() {
    steps += 1
    if steps == limit { stop.raise() }
  }
}

/// Mean cross-entropy of a multilayer perceptron, the plainest way.
func plainLoss(_ weights: [[Double]], _ graph: Graph, _ data: DataSet) -> Double {
  var total = 0.0
  let features = data.sampleShape.reduce(1, *)
  for sample in 0..<data.count {
    var x = (0..<features).map { Double(data.inputs[sample * features + $0]) }
    for layer in 0..<weights.count / 2 {
      let (matrix, bias) = (weights[2 * layer], weights[2 * layer + 1])
      var y = bias
      for row in y.indices {
        for column in x.indices { y[row] += matrix[row * x.count + column] * x[column] }
      }
      x = layer < weights.count / 2 - 1 ? y.map { max($0, 0) } : y
    }
    let top = x.max() ?? 0
    total += log(x.reduce(0) { $0 + exp($1 - top) }) + top - x[Int(data.labels[sample])]
  }
  return total / Double(data.count)
}
