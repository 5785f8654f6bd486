import Kernel

/// Two networks, or more, that are trained once, kept in an npz file, and used by our rows and the peers'.
struct TrainedPair: Sendable {
  /// The width of each hidden layer.
  var hidden: [Int]
  /// Passes over Fashion-MNIST.
  var epochs: Int
  /// How many networks there are.
  var count = 2

  static let sixteen = TrainedPair(hidden: [16], epochs: 10)
  static let thirtyTwo = TrainedPair(hidden: [32], epochs: 10)
  static let narrow = TrainedPair(hidden: [64], epochs: 10)
  static let wide = TrainedPair(hidden: [512], epochs: 10)
  static let widest = TrainedPair(hidden: [1024], epochs: 3)
  static let deep = TrainedPair(hidden: [512, 512, 512], epochs: 3)
  static let five = TrainedPair(hidden: [1024], epochs: 3, count: 5)
  static let hundred = TrainedPair(hidden: [64], epochs: 3, count: 100)
  static let all = [sixteen, thirtyTwo, narrow, wide, widest, deep, five, hundred]

  /// `1x512`, or `1x1024_5` of five networks.
  var name: String { "\(hidden.count)x\(hidden[0])" + (count == 2 ? "" : "_\(count)") }

  /// Networks with freshly drawn weights.
  func fresh(for data: DataSet) -> [Network] {
    let graph = Graph.mlp(
      inputShape: data.sampleShape, hidden: hidden, classes: data.classCount)
    return (1...count).map {
      Network(graph: graph, initial: .uniform, from: stream($0).child("weights"))
    }
  }

  /// Trains networks side by side: SGD with momentum 0.9, rate 0.01, batches of 64.
  func train(_ networks: [Network], on data: DataSet) throws(Failure) -> [Trainer.Outcome] {
    var settings = TrainingSettings()
    settings.epochs = epochs
    return try Trainer(settings: settings, data: data).train(
      networks.enumerated().map { index, network in
        Trainer.Task(start: network, order: stream(index + 1).child("order"))
      })
  }

  private func stream(_ number: Int) -> RandomStream {
    RandomStream(seed: 1, name: "benchmark").child(name).child("network", number)
  }
}
