import Kernel
import Synchronization

/// A file that keeps where a training stands, so that the same command goes on after a crash.
///
/// It is there only while the training is unfinished: whole at every moment, read when the same
/// training starts again, and removed when it ends.
struct TrainingCheckpoint: Sendable {
  let path: String
  /// What the state belongs to: settings, data, weights at the start and the order of samples.
  private let identity: ContentHash
  private let count: Int

  /// Also finds out whether the file can be written, before hours of work depend on it.
  init(
    path: String, settings: TrainingSettings, data: DataSet, tasks: [Trainer.Task]
  ) throws(Failure) {
    self.path = path
    count = tasks.count
    var encoder = CanonicalEncoder()
    encoder.field("settings", settings.text)
    encoder.field("data", data.contentHash)
    encoder.list(tasks.count)
    for task in tasks {
      encoder.hash(Content.network(task.start).computeContentHash())
      encoder.text(task.order.name)
      encoder.text(String(task.order.seed))
    }
    identity = encoder.finish()
    try SavePath.makeFolder(for: path)
  }

  /// The states in the file, or `nil` where there is none yet.
  ///
  /// - Throws: `incompatible` where the file is the state of something else.
  func load(graph: Graph) throws(Failure) -> [TrainingState]? {
    guard FileContent.exists(path) else { return nil }
    let file = try ArrayFile.read(path)
    guard file.metadata["basin"] == Self.kind else {
      throw Failure(
        .incompatible, "`\(path)` is no state of a training",
        notes: ["name another file: this one would be overwritten"])
    }
    guard file.metadata["identity"] == identity.hex else {
      throw Failure(
        .incompatible, "`\(path)` is the state of another training",
        notes: [
          "the settings, the data, the seed and the start must be the same",
          "delete the file to begin anew",
        ])
    }
    return try (0..<count).map { index throws(Failure) in
      try state(of: index, in: file, graph: graph)
    }
  }

  /// Replaces the file; it is whole at every moment.
  func write(_ states: [TrainingState], graphs: [Graph]) throws(Failure) {
    var file = ArrayFile(metadata: ["basin": Self.kind, "identity": identity.hex])
    for (index, state) in states.enumerated() {
      file.metadata["network\(index)"] = Progress(state).text
      for (kind, tensors) in [("weights", state.parameters), ("velocity", state.velocity)] {
        for (declared, tensor) in zip(graphs[index].parameters, tensors) {
          tensor.withBuffer {
            file.arrays.append(
              NamedArray(
                name: "network\(index)/\(kind)/\(declared.name)", shape: tensor.shape, floats: $0))
          }
        }
      }
    }
    try file.write(to: path, format: .safetensors)
  }

  private func state(
    of index: Int, in file: ArrayFile, graph: Graph
  ) throws(Failure) -> TrainingState {
    func tensors(_ kind: String) throws(Failure) -> [Tensor] {
      try graph.parameters.map { declared throws(Failure) in
        let array = try file.array("network\(index)/\(kind)/\(declared.name)")
        guard array.shape == declared.shape else {
          throw Failure(
            .fileMalformed,
            "`\(path)` array `\(array.name)` should be \(shapeText(declared.shape)), and is "
              + shapeText(array.shape))
        }
        return Tensor(shape: array.shape, values: array.floats)
      }
    }
    guard let progress = file.metadata["network\(index)"].flatMap(Progress.init(text:)) else {
      throw Failure(.fileMalformed, "`\(path)` does not say how far network \(index + 1) is")
    }
    var state = TrainingState(parameters: try tensors("weights"), velocity: try tensors("velocity"))
    progress.fill(&state)
    return state
  }

  private static let kind = "training state 1"

  /// Everything of a state but its arrays, as text with every bit of every number.
  private struct Progress {
    var epoch: Int
    var batch: Int
    var lossSum: Double
    var errorCount: Int
    var isFinished: Bool
    var history: [EpochRecord]

    init(_ state: TrainingState) {
      epoch = state.epoch
      batch = state.batch
      lossSum = state.lossSum
      errorCount = state.errorCount
      isFinished = state.isFinished
      history = state.history
    }

    var text: String {
      var words = [
        String(epoch), String(batch), String(lossSum.bitPattern), String(errorCount),
        isFinished ? "1" : "0",
      ]
      for record in history {
        words += [
          String(record.loss.bitPattern), String(record.error.bitPattern),
          String(record.seconds.bitPattern),
        ]
      }
      return words.joined(separator: " ")
    }

    init?(text: String) {
      let words = text.split(separator: " ").map { UInt64($0) }
      let numbers = words.compactMap { $0 }
      guard numbers.count == words.count, numbers.count >= 5, (numbers.count - 5) % 3 == 0 else {
        return nil
      }
      guard let epoch = Int(exactly: numbers[0]), let batch = Int(exactly: numbers[1]),
        let errorCount = Int(exactly: numbers[3])
      else { return nil }
      self.epoch = epoch
      self.batch = batch
      self.errorCount = errorCount
      lossSum = Double(bitPattern: numbers[2])
      isFinished = numbers[4] == 1
      history = stride(from: 5, to: numbers.count, by: 3).enumerated().map { index, place in
        EpochRecord(
          epoch: index + 1, loss: Double(bitPattern: numbers[place]),
          error: Double(bitPattern: numbers[place + 1]),
          seconds: Double(bitPattern: numbers[place + 2]))
      }
    }

    func fill(_ state: inout TrainingState) {
      state.epoch = epoch
      state.batch = batch
      state.lossSum = lossSum
      state.errorCount = errorCount
      state.isFinished = isFinished
      state.history = history
    }
  }
}

/// Writes the newest states of all networks of a call, whichever thread they come from.
final class CheckpointKeeper: Sendable {
  private let checkpoint: TrainingCheckpoint
  private let graphs: [Graph]
  private let kept: Mutex<Kept>

  private struct Kept {
    var states: [TrainingState]
    var failure: Failure?
  }

  init(_ checkpoint: TrainingCheckpoint, tasks: [Trainer.Task]) {
    self.checkpoint = checkpoint
    graphs = tasks.map(\.start.graph)
    let states = tasks.map { $0.state ?? TrainingState(start: $0.start) }
    kept = Mutex(Kept(states: states, failure: nil))
  }

  /// Takes one network's state and replaces the file.
  ///
  /// A full disk does not end the training: the failure is told when it ends.
  func keep(_ state: TrainingState, of network: Int) {
    kept.withLock { kept in
      kept.states[network] = state
      do throws(Failure) {
        try checkpoint.write(kept.states, graphs: graphs)
      } catch { kept.failure = error }
    }
  }

  /// Writes the last states, unless all networks are finished.
  ///
  /// - Returns: What kept a state from being written during the training, if anything did.
  func finish(_ states: [TrainingState]) -> Failure? {
    do throws(Failure) {
      if !states.allSatisfy(\.isFinished) { try checkpoint.write(states, graphs: graphs) }
    } catch { return error }
    return kept.withLock { $0.failure }
  }
}

extension TrainingSettings {
  /// All settings in one text.
  fileprivate var text: String {
    """
    epochs \(epochs) batch \(batch) lr \(learningRate) schedule \(schedule.rawValue) \
    momentum \(momentum) weight_decay \(weightDecay) stop_loss \(stopLoss ?? -1) \
    label_noise \(labelNoise)
    """
  }
}
