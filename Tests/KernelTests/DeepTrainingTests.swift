import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct DeepTrainingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let family: Graph.Family
    let norm: Graph.NormKind
    var testDescription: String { "\(family.rawValue) \(norm.rawValue)" }

    static let all = Graph.Family.allCases.filter(\.isDeep).flatMap { family in
      Graph.NormKind.allCases.map { Case(family: family, norm: $0) }
    }
  }

  private func graph(_ family: Graph.Family, _ norm: Graph.NormKind, on data: DataSet) throws
    -> Graph
  {
    try Graph.DeepDesign(family: family, norm: norm, form: .cifar, width: 4)
      .graph(inputShape: data.sampleShape, classes: data.classCount)
  }

  private func task(_ graph: Graph, number: UInt64 = 0) -> Trainer.Task {
    Trainer.Task(
      start: Network(graph: graph, initial: .he, from: RandomStream(seed: number, name: "w")),
      order: RandomStream(seed: number, name: "o"))
  }

  @Test(arguments: Case.all) func everyFamilyLearnsWithEveryNorm(one: Case) throws {
    let isVGG = one.family.usualNorm == .none
    let data = smallImages(samples: 128, shape: isVGG ? [2, 32, 32] : [2, 16, 16])
    var settings = TrainingSettings()
    settings.epochs = 16
    settings.batch = 16
    settings.learningRate = one.norm == .batch ? 0.01 : 0.002
    let trained = try Trainer(settings: settings, data: data)
      .train([task(graph(one.family, one.norm, on: data))])[0]
    let losses = trained.state.history.map(\.loss)
    #expect(losses[losses.count - 1] < 0.7, "\(losses)")
    // Guessing is wrong three times in four.
    let score = try trained.network.score(on: data)
    #expect(score.error < 0.3, "\(score)")
  }

  @Test func batchNormOfOneNumberIsRefused() throws {
    let data = smallImages(samples: 33, shape: [2, 8, 8])
    var settings = TrainingSettings()
    settings.batch = 16
    let own = try task(graph(.resnet18, .batch, on: data))
    // Two batches and one sample, of which the last stage has 1×1.
    #expect(throws: Failure.self) { try Trainer(settings: settings, data: data).train([own]) }
    settings.batch = 100
    settings.epochs = 1
    #expect(try Trainer(settings: settings, data: data).train([own]).count == 1)
  }

  /// Running statistics and weights alike, alone and beside others.
  @Test func batchNormGivesTheSameBitsOnAnyNumberOfThreads() throws {
    let data = smallImages(samples: 70, shape: [2, 8, 8])
    let graph = try graph(.resnet18, .batch, on: data)
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batch = 32
    let tasks = (0..<3 as Range<UInt64>).map { task(graph, number: $0) }
    let all = try [1, 2, 3].map {
      try Trainer(settings: settings, data: data, pool: WorkPool(threadCount: $0)).train(tasks)
        .map(\.network)
    }
    let alone = try Trainer(settings: settings, data: data).train([tasks[1]])[0].network
    #expect(all[0] == all[1] && all[0] == all[2] && all[0][1] == alone)
    #expect(all[0][0] != all[0][1])
    let scores = try [1, 2, 3].map {
      try alone.score(on: data, pool: WorkPool(threadCount: $0))
    }
    #expect(scores[0] == scores[1] && scores[0] == scores[2])
  }

  /// Batches are given up in their middle, where statistics must be as before them.
  @Test func aStoppedTrainingWithBatchNormGoesOnToTheSameNetwork() throws {
    let data = smallImages(samples: 150, shape: [2, 16, 16])
    let graph = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: [2, 16, 16], width: 8, classes: 4)
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batch = 100
    #expect(settings.batch * graph.workPerSample > Workspace.longBatch)
    let whole = try Trainer(settings: settings, data: data).train([task(graph)])[0]
    var state: TrainingState?
    var stops = 0
    while state?.isFinished != true {
      let stop = StopSignal.raised(afterMicroseconds: 2_000 + 9_000 * stops)
      var part = task(graph)
      part.state = state
      state = try Trainer(settings: settings, data: data, stop: stop).train([part])[0].state
      stops += 1
    }
    #expect(stops > 1)
    #expect(state?.parameters == whole.state.parameters)
    #expect(state?.velocity == whole.state.velocity)
  }

  /// `Tests/Fixtures/make_resnet.py`: weights, running means and variances after three steps of SGD.
  @Test func threeStepsAreThoseOfPyTorch() throws {
    let graph = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: [2, 13, 16], width: 2, classes: 3)
    let before = try ArrayFile.read(Fixture.path("resnet.npz"))
    let expected = try ArrayFile.read(Fixture.path("resnet_expected.npz"))
    func tensor(_ array: NamedArray) -> Tensor {
      Tensor(shape: array.shape, values: array.floats)
    }
    let start = try Network(
      graph: graph, parameters: graph.parameters.map { tensor(try before.array($0.name)) })
    #expect(before.arrays.map(\.name) == graph.parameters.map(\.name))
    let data = DataSet(
      name: "made", inputs: tensor(try expected.array("inputs")),
      labels: try expected.array("labels").integers().map { UInt8($0) }, classCount: 3)
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.batch = data.count
    settings.learningRate = 0.02
    let trained = try Trainer(settings: settings, data: data)
      .train([.init(start: start, order: RandomStream(seed: 1, name: "order"))])[0]
    func largestDifference(_ tensor: Tensor, _ name: String) throws -> Float {
      zip(tensor.values, try expected.array(name).floats).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    for (parameter, tensor) in zip(graph.parameters, trained.network.parameters) {
      let difference = try largestDifference(tensor, "after \(parameter.name)")
      #expect(difference < 1e-5, "\(parameter.name)")
    }
    #expect(try largestDifference(trained.network.logits(on: data), "logits") < 1e-5)
    let losses = try expected.array("losses").floats
    for (record, loss) in zip(trained.state.history, losses) {
      #expect(abs(record.loss - Double(loss)) < 1e-5)
    }
  }
}
