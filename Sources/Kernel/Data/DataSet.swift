import Synchronization

/// Labelled samples: what networks are trained on and measured with.
///
/// A data set is a value: subsets and other normalizations are new data sets. Inputs stand ready
/// for a network, normalized once; images that came as bytes keep those bytes beside them, so that
/// the hash and the files of a set are about what was measured and not about roundings.
public struct DataSet: Sendable {
  /// What a person calls it, such as `fashion_mnist train`.
  public var name: String
  /// Samples × the shape of one sample, normalized.
  public let inputs: Tensor
  /// The class of each sample, below `classCount`.
  public let labels: [UInt8]
  /// The number of classes, of which some may have no sample here.
  public let classCount: Int
  /// What was applied to the inputs; nil where nothing was.
  public let normalization: Normalization?
  /// Where the samples are from.
  public var source: DataSource
  /// The bytes that the inputs were made from; nil where they were reals.
  let pixels: [UInt8]?
  private let hashOnce: HashOnce

  /// The number of samples.
  public var count: Int { labels.count }
  /// The shape of one sample, such as channels × height × width.
  public var sampleShape: [Int] { Array(inputs.shape.dropFirst()) }
  /// How many numbers one sample has.
  public var sampleSize: Int { inputs.shape.dropFirst().reduce(1, *) }

  /// Data from inputs that stand ready; they must fit, as the caller sees to.
  ///
  /// - Parameter inputs: Samples × the shape of one sample.
  public init(name: String, inputs: Tensor, labels: [UInt8], classCount: Int) {
    precondition(inputs.shape.first == labels.count, "\(labels.count) labels for \(inputs.shape)")
    precondition(labels.allSatisfy { $0 < classCount }, "a label is not below \(classCount)")
    self.init(
      name: name, inputs: inputs, labels: labels, classCount: classCount, normalization: nil,
      source: DataSource("made here"), pixels: nil)
  }

  init(
    name: String, inputs: Tensor, labels: [UInt8], classCount: Int, normalization: Normalization?,
    source: DataSource, pixels: [UInt8]?
  ) {
    self.name = name
    self.inputs = inputs
    self.labels = labels
    self.classCount = classCount
    self.normalization = normalization
    self.source = source
    self.pixels = pixels
    hashOnce = HashOnce()
  }

  /// The SHA-256 of the canonical bytes, computed at the first call and kept.
  ///
  /// It covers classes, labels, samples and normalization, and neither the name nor the source.
  public var contentHash: ContentHash {
    hashOnce.value { computeContentHash() }
  }
}

/// Where a data set is from, for people and for receipts; not part of its content.
public struct DataSource: Hashable, Sendable {
  /// One line, such as `Fashion-MNIST, /usr/share/datasets/fashion-mnist`.
  public var text: String
  /// The files that were read, if any.
  public var files: [String]

  public init(_ text: String, files: [String] = []) {
    self.text = text
    self.files = files
  }
}

/// A hash that is computed when it is first asked for.
private final class HashOnce: Sendable {
  private let hash = Mutex<ContentHash?>(nil)

  func value(_ compute: () -> ContentHash) -> ContentHash {
    hash.withLock { kept in
      if let kept { return kept }
      let computed = compute()
      kept = computed
      return computed
    }
  }
}

extension DataSet: CanonicalValue {
  public static var canonicalKind: String { "data set" }

  public func encodeFields(into encoder: inout CanonicalEncoder) {
    encoder.field("classes", classCount)
    encoder.field("labels")
    encoder.array(shape: [count], bytes: labels)
    encoder.field("normalization", normalization)
    encoder.field("inputs")
    if let pixels {
      encoder.array(shape: inputs.shape, bytes: pixels)
    } else {
      inputs.withBuffer { encoder.array(shape: inputs.shape, floats: $0) }
    }
  }
}

extension DataSet: Hashable {
  /// Equal content and equal names.
  public static func == (a: DataSet, b: DataSet) -> Bool {
    a.name == b.name && a.labels == b.labels && a.classCount == b.classCount
      && a.normalization == b.normalization && a.inputs == b.inputs
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(count)
    hasher.combine(contentHash)
  }
}
