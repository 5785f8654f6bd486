/// Copies the samples of one batch after the other side by side, each epoch in an order of its own.
///
/// The order of an epoch hangs on its number and the stream alone, so training goes on anywhere.
final class BatchReader {
  /// The batch that was gathered last, samples × features.
  let inputs: FloatBuffer
  /// Its labels.
  private(set) var labels: [UInt8]
  let batchesPerEpoch: Int
  private let data: DataSet
  private let allLabels: [UInt8]
  private let batch: Int
  private let features: Int
  private let stream: RandomStream
  private var order: [Int] = []

  /// - Parameters:
  ///   - labels: One for each sample, in place of the data's own.
  ///   - batch: Samples in a batch; the last one of an epoch may be smaller.
  init(_ data: DataSet, labels: [UInt8], batch: Int, order stream: RandomStream) {
    self.data = data
    self.stream = stream
    // No batch has more samples than there are.
    let batch = min(batch, data.count)
    self.batch = batch
    allLabels = labels
    features = data.sampleSize
    inputs = FloatBuffer(count: batch * features)
    self.labels = [UInt8](repeating: 0, count: batch)
    batchesPerEpoch = (data.count + batch - 1) / batch
  }

  /// Draws the order of an epoch.
  func begin(epoch: Int) {
    var stream = stream.child("epoch", epoch)
    order = stream.nextOrder(count: data.count)
  }

  /// Copies a batch of the epoch; how many samples it has.
  func gather(batch number: Int) -> Int {
    let first = number * batch
    let count = min(batch, data.count - first)
    data.inputs.withBuffer { all in
      guard let base = all.baseAddress else { return }
      for row in 0..<count {
        let sample = order[first + row]
        (inputs.start + row * features).update(from: base + sample * features, count: features)
        labels[row] = allLabels[sample]
      }
    }
    return count
  }
}

extension Graph {
  /// Whether a layer drops units in training.
  var usesDropout: Bool {
    nodes.contains { if case .dropout = $0.layer { true } else { false } }
  }
}

extension Workspace {
  /// Multiply-adds of the forward pass of a batch that takes longer than some tens of milliseconds.
  static let longBatch = 200_000_000
}
