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
  /// - Throws: `badData` where there are fewer samples than classes or a plane does not fit, `stopped`.
  public func draw(
    from stream: RandomStream, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> (train: DataSet, test: DataSet) {
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
    try Memory.check(
      Memory.bytes(
        MemoryLayout<Float>.stride, sampleCount.addingReportingOverflow(testCount).partialValue,
        dimension),
      for: "\(sampleCount) and \(testCount) samples of \(dimension) numbers",
      advice: "draw fewer samples, or of fewer dimensions")
    let drawing = Drawing(pool: pool, stop: stop)
    let label = labeller(from: stream.child("rule"), drawing)
    let train = label(sampleCount, "\(rule.rawValue) train", stream.child("train"))
    let test = label(testCount, "\(rule.rawValue) test", stream.child("test"))
    if stop.isRaised {
      throw Failure(.stopped, "stopped before all samples of \(rule.rawValue) were drawn")
    }
    return (train, test)
  }

  /// Where samples are drawn, and what ends it; what it gives then is of no use.
  private struct Drawing: Sendable {
    var pool: WorkPool
    var stop: StopSignal

    /// Fills samples a block at a time, on any thread.
    ///
    /// - Parameter sample: Writes the numbers of sample `index`, whose draws stand at a place of the
    ///   stream that its index tells.
    func tensor(
      count: Int, dimension: Int,
      _ sample: @Sendable (_ index: Int, _ values: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
      var tensor = Tensor(shape: [count, dimension])
      // About 16 384 numbers: half a millisecond to draw them.
      let block = max(1, 16_384 / dimension)
      tensor.withMutableBuffer { buffer in
        let samples = SampleMemory(start: buffer.baseAddress, dimension: dimension)
        pool.run(count: (count + block - 1) / block) { item in
          for index in item * block..<min((item + 1) * block, count) {
            if stop.isRaised { return }
            sample(index, samples[index])
          }
        }
      }
      return tensor
    }
  }

  private typealias Labeller = (_ count: Int, _ name: String, _ stream: RandomStream) -> DataSet

  private func labeller(from stream: RandomStream, _ drawing: Drawing) -> Labeller {
    switch rule {
    case .blobs: blobs(from: stream, drawing)
    case .spirals: spirals(from: stream, drawing)
    case .teacher: teacher(from: stream, drawing)
    case .sphere: sphere(drawing)
    }
  }

  private func blobs(from stream: RandomStream, _ drawing: Drawing) -> Labeller {
    var stream = stream
    let centres = stream.nextNormals(count: classCount * dimension)
    return { count, name, stream in
      let inputs = drawing.tensor(count: count, dimension: dimension) { index, values in
        let centre = index % classCount * dimension
        var normals = NormalRun(stream, from: index * dimension)
        for axis in values.indices {
          values[axis] = Float(centres[centre + axis] + noise * normals.next())
        }
      }
      return dataSet(name, inputs)
    }
  }

  private func spirals(from stream: RandomStream, _ drawing: Drawing) -> Labeller {
    let plane = plane(from: stream)
    return { count, name, stream in
      let inputs = drawing.tensor(count: count, dimension: dimension) { index, values in
        var stream = stream
        // A sample takes three words.
        stream.move(to: UInt64(3 * index))
        // Three quarters of a turn, from near the middle outwards.
        let radius = 0.2 + 1.8 * stream.nextUnit()
        let turn = radius / 2 * 0.75 + Double(index % classCount) / Double(classCount)
        let shift = stream.nextNormalPair()
        let x = radius * cos(2 * .pi * turn) + noise * shift.0
        let y = radius * sin(2 * .pi * turn) + noise * shift.1
        for axis in values.indices {
          values[axis] = Float(x * plane.0[axis] + y * plane.1[axis])
        }
      }
      return dataSet(name, inputs)
    }
  }

  /// Normal points, which have no direction of their own, brought to the sphere.
  private func sphere(_ drawing: Drawing) -> Labeller {
    let radius = Double(dimension).squareRoot()
    return { count, name, stream in
      let inputs = drawing.tensor(count: count, dimension: dimension) { index, values in
        var normals = NormalRun(stream, from: index * dimension)
        let point = values.map { _ in normals.next() }
        let length = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for axis in values.indices {
          // A point without a direction, which hardly ever is drawn, takes that of the first axis.
          let share = length > 0 ? point[axis] / length : (axis == 0 ? 1 : 0)
          values[axis] = Float(radius * share)
        }
      }
      return dataSet(name, inputs)
    }
  }

  private func teacher(from stream: RandomStream, _ drawing: Drawing) -> Labeller {
    // 32 hidden units: curved borders, and few enough for a small student to learn them.
    let network = Network(
      graph: .mlp(inputShape: [dimension], hidden: [32], classes: classCount), initial: .uniform,
      from: stream)
    return { count, name, stream in
      let inputStream = stream.child("inputs")
      let inputs = drawing.tensor(count: count, dimension: dimension) { index, values in
        var normals = NormalRun(inputStream, from: index * dimension)
        for axis in values.indices { values[axis] = Float(normals.next()) }
      }
      let logits = network.logits(of: inputs, pool: drawing.pool, stop: drawing.stop).values
      var labelStream = stream.child("labels")
      let labels = (0..<count).map { sample -> UInt8 in
        if drawing.stop.isRaised { return 0 }
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
  private func dataSet(_ name: String, _ inputs: Tensor) -> DataSet {
    DataSet(
      name: name, inputs: inputs, labels: (0..<inputs.shape[0]).map { UInt8($0 % classCount) },
      classCount: classCount)
  }
}

/// The numbers that `nextNormals` gives from a place on, wherever that is.
private struct NormalRun {
  private var stream: RandomStream
  private var pair: (Double, Double)
  private var isSecond: Bool

  init(_ stream: RandomStream, from place: Int) {
    self.stream = stream
    // A pair takes two words.
    self.stream.move(to: UInt64(place / 2 * 2))
    isSecond = place % 2 == 1
    pair = isSecond ? self.stream.nextNormalPair() : (0, 0)
  }

  mutating func next() -> Double {
    defer { isSecond.toggle() }
    if isSecond { return pair.1 }
    pair = stream.nextNormalPair()
    return pair.0
  }
}

/// The memory of samples, each of which one thread writes.
private struct SampleMemory: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>?
  let dimension: Int

  subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: start.map { $0 + index * dimension }, count: start == nil ? 0 : dimension)
  }
}
