import Kernel

extension Row {
  static let trainingRows = [
    epoch(width: 32, reach: 0.09), epoch(width: 512, reach: 0.62),
    epoch(width: 1024, isQuick: false),
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
}
