// Data from outside: everything is checked before it becomes a data set.

extension DataSet {
  /// Images given as bytes, brought to 0…1 and normalized.
  ///
  /// - Parameters:
  ///   - pixels: Samples × `sampleShape`, row-major.
  ///   - classCount: The number of classes; nil for one more than the largest label.
  /// - Throws: `badData` where there is no sample or a label is too large, `shapeMismatch` where
  ///   counts differ.
  public init(
    name: String, pixels: [UInt8], sampleShape: [Int], labels: [UInt8], classCount: Int? = nil,
    normalization rule: NormalizationRule = .measured, source: DataSource
  ) throws(Failure) {
    let classes = try Self.check(
      name: name, valueCount: pixels.count, sampleShape: sampleShape, labels: labels,
      classCount: classCount)
    let channels = Normalization.channelCount(of: sampleShape)
    let planeSize = sampleShape.reduce(1, *) / channels
    let normalization: Normalization? =
      switch rule {
      case .none: nil
      case .measured:
        .measured(pixels: pixels, channels: channels, planeSize: planeSize)
      case .fixed(let given): try Self.check(given, channels: channels, name: name)
      }
    self.init(
      name: name,
      inputs: Normalization.inputs(
        shape: [labels.count] + sampleShape, pixels: pixels, by: normalization,
        channels: channels, planeSize: planeSize),
      labels: labels, classCount: classes, normalization: normalization, source: source,
      pixels: pixels)
  }

  /// Samples given as reals, normalized.
  ///
  /// - Parameter values: Samples × the shape of one sample.
  /// - Throws: As for bytes, and `badData` for the first sample that holds NaN or an infinity.
  public init(
    name: String, values: Tensor, labels: [UInt8], classCount: Int? = nil,
    normalization rule: NormalizationRule = .none, source: DataSource
  ) throws(Failure) {
    let sampleShape = Array(values.shape.dropFirst())
    guard let first = values.shape.first, first == labels.count else {
      throw Self.countsDiffer(name, samples: values.shape.first ?? 0, labels: labels.count)
    }
    let classes = try Self.check(
      name: name, valueCount: values.count, sampleShape: sampleShape, labels: labels,
      classCount: classCount)
    try Self.checkFinite(values, name: name, sampleShape: sampleShape)
    let channels = Normalization.channelCount(of: sampleShape)
    let planeSize = sampleShape.reduce(1, *) / channels
    let normalization: Normalization? =
      switch rule {
      case .none: nil
      case .measured: .measured(inputs: values, channels: channels, planeSize: planeSize)
      case .fixed(let given): try Self.check(given, channels: channels, name: name)
      }
    let inputs = normalization?.applied(to: values, planeSize: planeSize) ?? values
    guard inputs.isFinite else {
      throw Failure(.badData, "`\(name)` is too large to be normalized: a value is no number")
    }
    self.init(
      name: name, inputs: inputs, labels: labels, classCount: classes,
      normalization: normalization, source: source, pixels: nil)
  }

  /// The same samples under another normalization.
  ///
  /// - Throws: `badData` where the samples were reals that are normalized already.
  public func normalized(_ rule: NormalizationRule) throws(Failure) -> DataSet {
    if let pixels {
      return try DataSet(
        name: name, pixels: pixels, sampleShape: sampleShape, labels: labels,
        classCount: classCount, normalization: rule, source: source)
    }
    guard normalization == nil else {
      throw Failure(
        .badData, "`\(name)` is normalized already, and its values before that were not kept")
    }
    return try DataSet(
      name: name, values: inputs, labels: labels, classCount: classCount, normalization: rule,
      source: source)
  }

  /// Throws where data that somebody else made are none that a network can be given: no samples,
  /// empty shapes, labels that are no classes, values that are no numbers.
  public func check() throws(Failure) {
    _ = try Self.check(
      name: name, valueCount: inputs.count, sampleShape: sampleShape, labels: labels,
      classCount: classCount)
    try Self.checkFinite(inputs, name: name, sampleShape: sampleShape)
  }

  /// How many samples each class has.
  public var samplesPerClass: [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }

  private static func checkFinite(
    _ values: Tensor, name: String, sampleShape: [Int]
  ) throws(Failure) {
    guard !values.isFinite else { return }
    let place = values.withBuffer { $0.firstIndex { !$0.isFinite } ?? 0 }
    throw Failure(
      .badData,
      "`\(name)` sample \(place / sampleShape.reduce(1, *) + 1) holds a value that is no number")
  }

  private static func check(
    name: String, valueCount: Int, sampleShape: [Int], labels: [UInt8], classCount: Int?
  ) throws(Failure) -> Int {
    guard !labels.isEmpty else { throw Failure(.badData, "`\(name)` holds no samples") }
    let size = sampleShape.reduce(1, *)
    guard size > 0, sampleShape.allSatisfy({ $0 > 0 }) else {
      throw Failure(.badData, "the samples of `\(name)` have the empty shape \(sampleShape)")
    }
    guard valueCount == labels.count * size else {
      throw countsDiffer(name, samples: valueCount / size, labels: labels.count)
    }
    let largest = labels.max() ?? 0
    let classes = classCount ?? Int(largest) + 1
    if let place = labels.firstIndex(where: { $0 >= classes }) {
      throw Failure(
        .badData,
        "`\(name)` has label \(labels[place]) at sample \(place + 1), and there are \(classes) classes",
        notes: ["labels count from 0"])
    }
    return classes
  }

  private static func check(
    _ normalization: Normalization, channels: Int, name: String
  ) throws(Failure) -> Normalization {
    guard normalization.channelCount == channels else {
      throw Failure(
        .shapeMismatch,
        "`\(name)` has \(channels) channels, and its normalization \(normalization.channelCount)")
    }
    return normalization
  }

  static func countsDiffer(_ name: String, samples: Int, labels: Int) -> Failure {
    Failure(.shapeMismatch, "`\(name)` has \(samples) samples and \(labels) labels")
  }
}
