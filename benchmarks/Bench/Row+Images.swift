import Kernel

extension Row {
  /// Convolutional networks in training and in use.
  static let imageRows = [shallow, resnet, vgg].flatMap(\.rows)

  /// Eight batches of Fashion-MNIST.
  private static let shallow = ImageWork(
    name: "cnn", suffix: "_64", title: "shallow_cnn 1×28×28, width 64", batches: 8,
    reach: (train: 1900, infer: 4000), isQuick: true
  ) { workplace throws(Failure) in
    let data = try workplace.data().train.subset(Array(0..<8 * ImageWork.batch))
    let graph = Graph.shallowCNN(
      inputShape: data.sampleShape, width: 64, depth: 2, classes: data.classCount)
    return (data, graph)
  }

  private static let resnet = ImageWork(
    name: "resnet18", title: "resnet18 3×32×32, width 64", batches: 1,
    reach: (train: 65, infer: 220)
  ) { (_: Workplace) throws(Failure) in
    let data = ImageWork.noise(batches: 1)
    let graph = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: data.sampleShape, width: 64, classes: 10)
    return (data, graph)
  }

  private static let vgg = ImageWork(
    name: "vgg16_bn", title: "vgg16 with batch norm 3×32×32, width 64", batches: 1,
    reach: (train: 130, infer: 400)
  ) { (_: Workplace) throws(Failure) in
    let data = ImageWork.noise(batches: 1)
    let graph = try Graph.vgg(
      depth: 16, norm: .batch, form: .cifar, inputShape: data.sampleShape, width: 64, classes: 10)
    return (data, graph)
  }
}

/// Two rows of one kind of network: two of them in training side by side, and one in use.
private struct ImageWork: Sendable {
  var name: String
  var suffix = ""
  var title: String
  /// Batches of training for each network.
  var batches: Int
  /// The fewest images per second that are asked for.
  var reach: (train: Double, infer: Double)
  var isQuick = false
  var prepare: @Sendable (Workplace) throws(Failure) -> (data: DataSet, graph: Graph)

  static let batch = 256

  /// Images of noise: how long a pass takes does not hang on them.
  static func noise(batches: Int) -> DataSet {
    var stream = RandomStream(seed: 1, name: "noise")
    let count = batches * batch
    let shape = [3, 32, 32]
    let values = stream.nextNormals(count: count * shape.reduce(1, *)).map { Float($0) }
    return DataSet(
      name: "noise", inputs: Tensor(shape: [count] + shape, values: values),
      labels: (0..<count).map { UInt8($0 % 10) }, classCount: 10)
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
