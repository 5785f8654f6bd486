import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionTrainingTests {
  @Test func sameBitsAtAnyNumberOfThreadsAndAlone() throws {
    let data = smallImages()
    let one = try trainedShallowCNNs(3, on: data, pool: WorkPool(threadCount: 1))
    let two = try trainedShallowCNNs(3, on: data, pool: WorkPool(threadCount: 2))
    let three = try trainedShallowCNNs(3, on: data, pool: WorkPool(threadCount: 3))
    let alone = try trainedShallowCNNs(1, on: data, pool: WorkPool(threadCount: 1))
    #expect(one == two && one == three && one[0] == alone[0] && one[0] != one[1])
    let scores = try [1, 2, 3].map {
      try one[0].score(on: data, pool: WorkPool(threadCount: $0))
    }
    #expect(scores[0] == scores[1] && scores[0] == scores[2])
    // A guess is wrong three times in four.
    #expect(scores[0].error < 0.5)
  }

  /// A batch that takes long is given up in its middle, and made when the training goes on.
  @Test func whatIsStoppedInTheMiddleOfABatchGoesOnToTheSameNetwork() throws {
    let data = smallImages(samples: 700, shape: [1, 12, 12])
    let graph = Graph.shallowCNN(inputShape: [1, 12, 12], width: 32, depth: 2, classes: 4)
    let start = Network(graph: graph, initial: .he, from: RandomStream(seed: 4, name: "w"))
    let order = RandomStream(seed: 4, name: "o")
    var settings = TrainingSettings()
    settings.epochs = 4
    settings.batch = 600
    settings.schedule = .cosine
    // Of the size that looks at the signal between blocks of samples.
    #expect(settings.batch * graph.workPerSample > Workspace.longBatch)
    let whole = try Trainer(settings: settings, data: data)
      .train([.init(start: start, order: order)])[0]
    var state: TrainingState?
    var stops = 0
    while state?.isFinished != true {
      let stop = StopSignal.raised(afterMicroseconds: 1_000 + 4_000 * stops)
      state = try Trainer(settings: settings, data: data, stop: stop)
        .train([.init(start: start, order: order, state: state)])[0].state
      stops += 1
    }
    #expect(stops > 0)
    #expect(state?.parameters == whole.state.parameters)
    #expect(state?.history.map(\.loss) == whole.state.history.map(\.loss))
  }

  @Test func trainingAPermutedStartGivesThePermutedSolution() throws {
    let data = smallImages()
    let graph = Graph.shallowCNN(
      inputShape: data.sampleShape, width: 6, depth: 4, classes: data.classCount)
    try TrainerTests.expectThePermutedSolution(of: graph, on: data, epochs: 2)
  }

  @Test func aCurveEndsAtItsNetworks() throws {
    let data = smallImages()
    let networks = try trainedShallowCNNs(2, on: data)
    let curve = try Curve.measure(
      from: networks[0], to: networks[1], on: data, alphas: [0, 0.5, 1])
    #expect(curve.first == (try networks[0].score(on: data)))
    #expect(curve.second == (try networks[1].score(on: data)))
    #expect(curve.midpoint == (try Network.average(of: networks).score(on: data)))
    let members = try Network.ensembleScores(of: networks, on: data, bins: 10).members
    #expect(members.map(\.errorCount) == [curve.first.errorCount, curve.second.errorCount])
  }

  /// Channels are units, and every position of every image is a sample of them.
  @Test func momentsOfChannelsAreOverPositions() throws {
    let data = smallImages(samples: 70, shape: [2, 5, 6])
    let graph = Graph.shallowCNN(inputShape: [2, 5, 6], width: 3, depth: 2, classes: 4)
    let networks = (0..<2 as Range<UInt64>).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: "moments"))
    }
    let weights = networks.map { $0.parameters.map { $0.values.map(Double.init) } }
    // relu1 has 5×6 positions, and conv2 reads its 2×3 maxima.
    let (relu, reader, pooled) = (2, 4, 3)
    var products = [Double](repeating: 0, count: 9)
    var moments = [Double](repeating: 0, count: 16)
    var inputs = [Double](repeating: 0, count: 9)
    for sample in 0..<data.count {
      let input = (0..<60).map { Double(data.inputs[sample * 60 + $0]) }
      let values = weights.map { plainValues(graph, $0, input: input) }
      for position in 0..<30 {
        for (place, pair) in (0..<3).flatMap({ a in (0..<3).map { (a, $0) } }).enumerated() {
          products[place] +=
            values[0][relu][pair.0 * 30 + position] * values[1][relu][pair.1 * 30 + position]
        }
        let pixels = (0..<2).map { input[$0 * 30 + position] } + [1]
        for place in 0..<9 { inputs[place] += pixels[place / 3] * pixels[place % 3] }
      }
      for position in 0..<6 {
        let vector = (0..<3).map { values[0][pooled][$0 * 6 + position] } + [1]
        for place in 0..<16 { moments[place] += vector[place / 4] * vector[place % 4] }
      }
    }
    func isNear(_ matrix: Matrix, _ sums: [Double], _ count: Int) -> Bool {
      zip(matrix.values, sums).allSatisfy { abs($0 - $1 / Double(count)) < 1e-5 }
    }
    let cross = try networks[0].crossMoments(with: networks[1], at: [relu], on: data)[0]
    #expect(isNear(cross.products, products, 70 * 30))
    let cache = InputMomentCache(byteLimit: 1 << 20)
    let own = try cache.inputMoments(of: networks[0], nodes: [1, reader], on: data)
    #expect(isNear(own[0].matrix, inputs, 70 * 30))
    #expect(isNear(own[1].matrix, moments, 70 * 6))
    // What a linear layer reads of the same data is something else.
    let perceptron = Network(
      graph: .mlp(inputShape: [2, 5, 6], hidden: [3], classes: 4), initial: .uniform,
      from: RandomStream(seed: 1, name: "moments"))
    #expect(try cache.inputMoments(of: perceptron, nodes: [2], on: data)[0].featureCount == 60)
  }
}
