import Kernel

extension Row {
  /// Convolutional networks in training and in use.
  static let imageRows = [shallow, resnet, vgg].flatMap(\.rows)

  /// Eight batches of Fashion-MNIST.
  private static let shallow = ImageWork(
    name: "cnn", suffix: "_64", title: "shallow_cnn 1×28×28, width 64",
    reach: (train: 1900, infer: 4000), isQuick: true
  ) { workplace throws(Failure) in
    let data = try workplace.data().train.subset(Array(0..<8 * ImageWork.batch))
    let graph = Graph.shallowCNN(
      inputShape: data.sampleShape, width: 64, depth: 2, classes: data.classCount)
    return (data, graph)
  }

  private static let resnet = deep(
    "resnet18", title: "resnet18 3×32×32, width 64", reach: (train: 65, infer: 220)
  ) { shape throws(Failure) in
    try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: shape, width: 64, classes: 10)
  }

  private static let vgg = deep(
    "vgg16_bn", title: "vgg16 with batch norm 3×32×32, width 64", reach: (train: 130, infer: 400)
  ) { shape throws(Failure) in
    try Graph.vgg(
      depth: 16, norm: .batch, form: .cifar, inputShape: shape, width: 64, classes: 10)
  }

  /// A deep network on one batch of noise.
  private static func deep(
    _ name: String, title: String, reach: (train: Double, infer: Double),
    graph: @escaping @Sendable (_ shape: [Int]) throws(Failure) -> Graph
  ) -> ImageWork {
    ImageWork(name: name, title: title, reach: reach) { (_: Workplace) throws(Failure) in
      let data = ImageWork.noise()
      return (data, try graph(data.sampleShape))
    }
  }
}

/// Two rows of one kind of network: two of them in training side by side, and one in use.
private struct ImageWork: Sendable {
  var name: String
  var suffix = ""
  var title: String
  /// The fewest images per second that are asked for.
  var reach: (train: Double, infer: Double)
  var isQuick = false
  var prepare: @Sendable (Workplace) throws(Failure) -> (data: DataSet, graph: Graph)

  static let batch = 256

  /// A batch of noise: how long a pass takes does not hang on the images.
  static func noise() -> DataSet {
    var stream = RandomStream(seed: 1, name: "noise")
    let shape = [3, 32, 32]
    let values = stream.nextNormals(count: batch * shape.reduce(1, *)).map { Float($0) }
    return DataSet(
      name: "noise", inputs: Tensor(shape: [batch] + shape, values: values),
      labels: (0..<batch).map { UInt8($0 % 10) }, classCount: 10)
  }

  var rows: [Row] { [training, inference] }

  private func network(_ graph: Graph, _ number: Int) -> Network {
    Network(
      graph: graph, initial: .uniform,
      from: RandomStream(seed: 1, name: "benchmark").child(name, number))
  }

  private var training: Row {
    Row(
      "\(name)_train\(suffix)", "train \(title), batch \(Self.batch), two networks at once",
      unit: "image", reach: 1 / reach.train, isQuick: isQuick, warmsUp: true
    ) { workplace throws(Failure) in
      let (data, graph) = try prepare(workplace)
      var settings = TrainingSettings()
      settings.epochs = 1
      settings.batch = Self.batch
      settings.learningRate = 0.02
      let trainer = Trainer(settings: settings, data: data)
      let tasks = (1...2).map { number in
        Trainer.Task(
          start: network(graph, number), order: RandomStream(seed: 1, name: "order \(number)"))
      }
      return { () throws(Failure) in
        let (seconds, outcomes) = try timed { () throws(Failure) in try trainer.train(tasks) }
        let images = outcomes.count * data.count
        let losses = outcomes.compactMap { $0.state.history.last?.loss }
        return Timing(
          seconds: seconds / Double(images),
          detail: "\(text(Double(images) / seconds, digits: 0)) images per second, mean losses "
            + losses.map { text($0, digits: 3) }.joined(separator: ", "))
      }
    }
  }

  private var inference: Row {
    Row(
      "\(name)_infer\(suffix)", "score a \(title)", unit: "image", reach: 1 / reach.infer,
      isQuick: isQuick, warmsUp: true
    ) { workplace throws(Failure) in
      let (data, graph) = try prepare(workplace)
      let network = network(graph, 1)
      return { () throws(Failure) in
        let (seconds, score) = try timed { () throws(Failure) in try network.score(on: data) }
        return Timing(
          seconds: seconds / Double(data.count),
          detail: "\(text(Double(data.count) / seconds, digits: 0)) images per second, mean loss "
            + text(score.loss, digits: 3))
      }
    }
  }
}
