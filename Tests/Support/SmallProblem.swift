import Kernel

/// A small classification problem that networks learn in a second: noisy points around centres.
public func smallProblem(
  samples: Int = 600, features: Int = 12, classes: Int = 4, seed: UInt64 = 1
) -> DataSet {
  var stream = RandomStream(seed: seed, name: "small problem")
  let centres = (0..<classes).map { _ in (0..<features).map { _ in stream.nextNormalPair().0 } }
  var values: [Float] = []
  var labels: [UInt8] = []
  for _ in 0..<samples {
    let label = stream.nextInt(below: classes)
    labels.append(UInt8(label))
    for feature in 0..<features {
      values.append(Float(centres[label][feature] + 0.9 * stream.nextNormalPair().0))
    }
  }
  return DataSet(
    name: "small problem", inputs: Tensor(shape: [samples, features], values: values),
    labels: labels, classCount: classes)
}

/// A small problem with a third of its labels drawn anew, so that no search reaches zero.
public func hardProblem() -> DataSet {
  let clean = smallProblem(samples: 300, features: 6, classes: 5)
  var stream = RandomStream(seed: 1, name: "noise")
  let labels = clean.labels.map {
    stream.nextInt(below: 3) == 0 ? UInt8(stream.nextInt(below: 5)) : $0
  }
  return DataSet(name: "hard problem", inputs: clean.inputs, labels: labels, classCount: 5)
}

/// Networks trained for a few epochs on a small problem, each from its own seed.
public func trainedNetworks(
  _ count: Int, hidden: [Int], on data: DataSet, epochs: Int = 3, pool: WorkPool = .shared
) throws -> [Network] {
  try trainedNetworks(
    count,
    of: .mlp(inputShape: data.sampleShape, hidden: hidden, classes: data.classCount), on: data,
    epochs: epochs, learningRate: 0.05, pool: pool)
}

/// Networks of a structure, trained for a few epochs, each from its own seed.
public func trainedNetworks(
  _ count: Int, of graph: Graph, on data: DataSet, epochs: Int, learningRate: Double,
  pool: WorkPool = .shared
) throws -> [Network] {
  var settings = TrainingSettings()
  settings.epochs = epochs
  settings.batch = 32
  settings.learningRate = learningRate
  let tasks = (0..<count).map { number in
    Trainer.Task(
      start: Network(
        graph: graph, initial: .uniform, from: RandomStream(seed: 7, name: "weights \(number)")),
      order: RandomStream(seed: 7, name: "order \(number)"))
  }
  return try Trainer(settings: settings, data: data, pool: pool).train(tasks).map(\.network)
}
