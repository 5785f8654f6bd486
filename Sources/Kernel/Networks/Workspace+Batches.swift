extension Workspace {
  /// Forward and backward over a batch, in blocks as large as the workspace: adds the gradient of the
  /// batch's mean loss to the share `keep` of what `gradient` held.
  ///
  /// Returns the sum of the samples' losses and the number of wrong ones; where the pass was cut, both
  /// and the gradient are of no use.
  ///
  /// - Parameters:
  ///   - input: count × features.
  ///   - dropout: A stream for the masks; nothing where the graph drops nothing.
  func descend(
    _ parameters: ParameterBuffer, input: UnsafePointer<Float>, labels: UnsafePointer<UInt8>,
    count: Int, keep: Float, into gradient: ParameterBuffer, dropout: RandomStream?
  ) -> (loss: Double, errors: Int) {
    let features = graph.featureCount(of: 0)
    var sum = (loss: 0.0, errors: 0)
    for first in stride(from: 0, to: count, by: capacity) {
      let size = min(capacity, count - first)
      _ = forward(
        parameters, input: input + first * features, count: size,
        dropout: first == 0 ? dropout : dropout?.child("block", first / capacity))
      if wasCut { break }
      let part = backward(
        parameters, labels: labels + first, count: size, of: count, keep: first == 0 ? keep : 1,
        into: gradient, dropped: dropout != nil)
      if wasCut { break }
      sum = (sum.loss + part.loss, sum.errors + part.errors)
    }
    return sum
  }
}

extension Graph {
  /// How many samples of a batch go forward and backward at once: all, unless they are images, whose
  /// activations would not stay near the processor, and no layer asks for the whole batch.
  func trainingBlock(batch: Int) -> Int {
    isPerceptron || usesBatchStatistics ? batch : min(batch, scoringBlock)
  }

  /// The bytes that training takes for a batch, beside the weights.
  public func trainingMemory(batch: Int) -> Int {
    WorkspaceLayout(self, mode: .training).byteCount(samples: trainingBlock(batch: batch))
  }
}
