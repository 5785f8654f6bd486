/// Labelled samples: what networks are trained on and measured with.
public struct DataSet: Sendable {
  /// What a person calls it, such as `fashion_mnist train`.
  public var name: String
  /// Samples × the shape of one sample, normalized.
  public var inputs: Tensor
  /// The class of each sample, below `classCount`.
  public var labels: [UInt8]
  public var classCount: Int

  /// The number of samples.
  public var count: Int { labels.count }
  /// The shape of one sample.
  public var sampleShape: [Int] { Array(inputs.shape.dropFirst()) }

  public init(name: String, inputs: Tensor, labels: [UInt8], classCount: Int) {
    self.name = name
    self.inputs = inputs
    self.labels = labels
    self.classCount = classCount
  }
}
