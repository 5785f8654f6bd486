import Kernel

extension Row {
  static let trainingRows = [
    epoch(width: 32, reach: 0.09), epoch(width: 512, reach: 0.62),
    epoch(width: 1024, isQuick: false), shallowTraining, shallowInference,
  ]

  /// One epoch of two networks side by side; the time of both is shared between them.
  private static func epoch(width: Int, reach: Double? = nil, isQuick: Bool = true) -> Row {
    Row(
      "epoch_\(width)", "train 784-\(width)-10, batch 64, two networks at once",
      unit: "network and epoch", reach: reach, isQuick: isQuick
    ) { workplace throws(Failure) in
      let data = try workplace.data().train
      let pair = TrainedPair(hidden: [width], epochs: 1)
      let start = pair.fresh(for: data)
      return { () throws(Failure) in
        let (seconds, outcomes) = try timed { () throws(Failure) in
          try pair.train(start, on: data)
        }
        let losses = outcomes.compactMap { $0.state.history.last?.loss }
        let shown = losses.map { text($0, digits: 3) }.joined(separator: ", ")
        return Timing(
          seconds: seconds / Double(outcomes.count), detail: "mean loss of the epoch \(shown)")
      }
    }
  }

  /// Eight batches of the images, the same for the peer.
  private static let shallowSamples = 8 * 256

  private static func shallowNetworks(for data: DataSet) -> [Network] {
    let graph = Graph.shallowCNN(
      inputShape: data.sampleShape, width: 64, depth: 2, classes: data.classCount)
    return (1...2).map {
      Network(
        graph: graph, initial: .uniform,
        from: RandomStream(seed: 1, name: "benchmark").child("shallow", $0))
    }
  }

  private static let shallowTraining = Row(
    "cnn_train_64",
    "train a shallow_cnn 1×28×28, width 64, batch 256, two networks at once", unit: "image",
    warmsUp: true
  ) { workplace throws(Failure) in
    let data = try workplace.data().train.subset(Array(0..<shallowSamples))
    let networks = shallowNetworks(for: data)
    var settings = TrainingSettings()
    settings.epochs = 1
    settings.batch = 256
    settings.learningRate = 0.02
    let trainer = Trainer(settings: settings, data: data)
    return { () throws(Failure) in
      let (seconds, outcomes) = try timed { () throws(Failure) in
        try trainer.train(
          networks.enumerated().map { index, network in
            Trainer.Task(start: network, order: RandomStream(seed: 1, name: "order \(index)"))
          })
      }
      let images = outcomes.count * data.count
      let losses = outcomes.compactMap { $0.state.history.last?.loss }
      return Timing(
        seconds: seconds / Double(images),
        detail: "\(text(Double(images) / seconds, digits: 0)) images per second, mean losses "
          + losses.map { text($0, digits: 3) }.joined(separator: ", "))
    }
  }

  private static let shallowInference = Row(
    "cnn_infer_64", "score a shallow_cnn 1×28×28, width 64", unit: "image", warmsUp: true
  ) { workplace throws(Failure) in
    let data = try workplace.data().train.subset(Array(0..<shallowSamples))
    let network = shallowNetworks(for: data)[0]
    return { () throws(Failure) in
      let (seconds, score) = try timed { () throws(Failure) in try network.score(on: data) }
      return Timing(
        seconds: seconds / Double(data.count),
        detail: "\(text(Double(data.count) / seconds, digits: 0)) images per second, mean loss "
          + text(score.loss, digits: 3))
    }
  }
}
