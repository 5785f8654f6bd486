import Foundation

/// Data drawn from a rule, so that a trial needs no files and the right answer is known.
public struct MadeProblem: Hashable, Sendable {
  /// The rule that labels samples.
  public var rule: Rule
  public var classCount = 3
  /// Training samples; classes take turns where the rule allows it.
  public var sampleCount = 1000
  public var testCount = 250
  /// How many numbers a sample has.
  public var dimension = 2
  /// The standard deviation added to samples; for `teacher` the share of labels drawn anew.
  public var noise: Double

  /// How samples and labels belong together.
  public enum Rule: String, Hashable, Sendable, CaseIterable {
    /// A normal cloud for each class around a centre drawn from the standard normal.
    case blobs
    /// One arm of a flat spiral for each class, laid in a random plane.
    case spirals
    /// Normal inputs, labelled by a random network with one hidden layer.
    case teacher
    /// Inputs uniform on the sphere of radius √dimension, as in Theorem 3.1 of Entezari et al.
    /// (2022); labels only take turns.
    case sphere

    /// The noise that makes the rule learnable and not trivial.
    public var usualNoise: Double {
      switch self {
      case .blobs: 0.5
      case .spirals: 0.1
      case .teacher, .sphere: 0
      }
    }
  }

  public init(_ rule: Rule) {
    self.rule = rule
    noise = rule.usualNoise
    if rule == .sphere { classCount = 1 }
  }

  /// Draws the rule once and samples from it for training and for testing.
  ///
  /// - Throws: `badData` where there are fewer samples than classes or a plane does not fit.
  public func draw(from stream: RandomStream) throws(Failure) -> (train: DataSet, test: DataSet) {
    guard classCount >= (rule == .sphere ? 1 : 2), classCount <= 256, sampleCount >= classCount,
      testCount >= 1
    else {
      throw Failure(
        .badData,
        "\(sampleCount) samples of \(classCount) classes are no problem to learn",
        notes: ["there must be 2 to 256 classes and at least a sample of each"])
    }
    guard dimension >= (rule == .spirals ? 2 : 1) else {
      throw Failure(.badData, "\(rule.rawValue) in \(dimension) dimensions cannot be drawn")
    }
    let label = labeller(from: stream.child("rule"))
    return (
      label(sampleCount, "\(rule.rawValue) train", stream.child("train")),
      label(testCount, "\(rule.rawValue) test", stream.child("test"))
    )
  }

  private typealias Labeller = (_ count: Int, _ name: String, _ stream: RandomStream) -> DataSet

  private func labeller(from stream: RandomStream) -> Labeller {
    switch rule {
    case .blobs: blobs(from: stream)
    case .spirals: spirals(from: stream)
    case .teacher: teacher(from: stream)
    case .sphere: sphere()
    }
  }

  private func blobs(from stream: RandomStream) -> Labeller {
    var stream = stream
    let centres = stream.nextNormals(count: classCount * dimension)
    return { count, name, stream in
      var stream = stream
      var values = stream.nextNormals(count: count * dimension)
      for place in values.indices {
        let label = place / dimension % classCount
        values[place] = centres[label * dimension + place % dimension] + noise * values[place]
      }
      return dataSet(name, values, count: count)
    }
  }

  private func spirals(from stream: RandomStream) -> Labeller {
    let plane = plane(from: stream)
    return { count, name, stream in
      var stream = stream
      var values: [Double] = []
      values.reserveCapacity(count * dimension)
      for index in 0..<count {
        // Three quarters of a turn, from near the middle outwards.
        let radius = 0.2 + 1.8 * stream.nextUnit()
        let turn = radius / 2 * 0.75 + Double(index % classCount) / Double(classCount)
        let shift = stream.nextNormalPair()
        let x = radius * cos(2 * .pi * turn) + noise * shift.0
        let y = radius * sin(2 * .pi * turn) + noise * shift.1
        for axis in 0..<dimension { values.append(x * plane.0[axis] + y * plane.1[axis]) }
      }
      return dataSet(name, values, count: count)
    }
  }

  /// Normal points, which have no direction of their own, brought to the sphere.
  private func sphere() -> Labeller {
    let radius = Double(dimension).squareRoot()
    return { count, name, stream in
      var stream = stream
      var values: [Double] = []
      values.reserveCapacity(count * dimension)
      while values.count < count * dimension {
        let point = stream.nextNormals(count: dimension)
        let length = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { values += point.map { radius * $0 / length } }
      }
      return dataSet(name, values, count: count)
    }
  }

  private func teacher(from stream: RandomStream) -> Labeller {
    // 32 hidden units: curved borders, and few enough for a small student to learn them.
    let network = Network(
      graph: .mlp(inputShape: [dimension], hidden: [32], classes: classCount), initial: .uniform,
      from: stream)
    return { count, name, stream in
      var inputStream = stream.child("inputs")
      let inputs = Tensor(
        shape: [count, dimension],
        values: inputStream.nextNormals(count: count * dimension).map { Float($0) })
      let logits = network.logits(of: inputs).values
      var labelStream = stream.child("labels")
      let labels = (0..<count).map { sample -> UInt8 in
        let row = logits[sample * classCount..<(sample + 1) * classCount]
        let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
        let isRedrawn = labelStream.nextUnit() < noise
        let drawn = labelStream.nextInt(below: classCount)
        return UInt8(isRedrawn ? drawn : best - row.startIndex)
      }
      return DataSet(name: name, inputs: inputs, labels: labels, classCount: classCount)
    }
  }

  /// Two directions at right angles, of length 1; the first two axes where there are no more.
  private func plane(from stream: RandomStream) -> ([Double], [Double]) {
    guard dimension > 2 else { return ([1, 0], [0, 1]) }
    var stream = stream
    let first = unit(stream.nextNormals(count: dimension))
    let other = stream.nextNormals(count: dimension)
    let along = zip(first, other).reduce(0) { $0 + $1.0 * $1.1 }
    return (first, unit(zip(first, other).map { $1 - along * $0 }))
  }

  private func unit(_ vector: [Double]) -> [Double] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / length }
  }

  /// Samples whose classes take turns.
  private func dataSet(_ name: String, _ values: [Double], count: Int) -> DataSet {
    DataSet(
      name: name,
      inputs: Tensor(shape: [count, dimension], values: values.map { Float($0) }),
      labels: (0..<count).map { UInt8($0 % classCount) }, classCount: classCount)
  }
}
