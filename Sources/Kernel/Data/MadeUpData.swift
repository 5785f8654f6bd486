import Foundation

/// A problem made from a seed whose answer is known: for the tour, for tests, for first tries.
///
/// A problem is drawn once; training and test data are drawn from it afterwards, as many as
/// wanted.
public protocol MadeUpProblem: Sendable {
  /// What the problem is, in a few words.
  var title: String { get }
  var classCount: Int { get }
  /// The number of inputs.
  var dimension: Int { get }

  /// One sample of the given class, or, where the problem chooses classes itself, of any.
  ///
  /// - Returns: The inputs and the class.
  func draw(class wanted: Int, from stream: inout RandomStream) -> (inputs: [Float], label: Int)
}

extension MadeUpProblem {
  /// Samples of the problem, the classes in turn.
  ///
  /// - Throws: `badData` where `count` is not above 0.
  public func data(
    count: Int, name: String, from stream: inout RandomStream
  ) throws(Failure) -> DataSet {
    guard count > 0 else { throw Failure(.badData, "\(count) samples are no data set") }
    var inputs = Tensor(shape: [count, dimension])
    var labels: [UInt8] = []
    for place in 0..<count {
      let sample = draw(class: place % classCount, from: &stream)
      inputs.withMutableBuffer { buffer in
        for (axis, value) in sample.inputs.enumerated() { buffer[place * dimension + axis] = value }
      }
      labels.append(UInt8(clamping: sample.label))
    }
    return try DataSet(
      name: name, values: inputs, labels: labels, classCount: classCount, normalization: .none,
      source: DataSource("\(title), made up"))
  }
}

/// Clouds of points around one centre for each class, all equally wide.
///
/// The best classifier takes the nearest centre; for two classes its error is
/// Φ(−‖c₁ − c₂‖ / 2σ).
public struct Blobs: MadeUpProblem {
  /// One for each class, at distance 1 from the origin.
  public let centres: [[Double]]
  /// The standard deviation σ of every coordinate.
  public let noise: Double

  /// A problem with centres in random directions.
  ///
  /// - Throws: `badData` where a number is out of its range.
  public init(
    classes: Int, dimension: Int, noise: Double, from stream: inout RandomStream
  ) throws(Failure) {
    try checkMadeUp(classes: classes, dimension: dimension, noise: noise)
    centres = (0..<classes).map { _ in
      let direction = normals(dimension, from: &stream)
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return direction.map { $0 / length }
    }
    self.noise = noise
  }

  public var title: String { "\(classCount) blobs" }
  public var classCount: Int { centres.count }
  public var dimension: Int { centres[0].count }

  public func draw(
    class wanted: Int, from stream: inout RandomStream
  ) -> (inputs: [Float], label: Int) {
    let deviation = normals(dimension, from: &stream)
    return (zip(centres[wanted], deviation).map { Float($0 + noise * $1) }, wanted)
  }

  /// The class whose centre is nearest: the best answer.
  public func nearestCentre(to inputs: [Float]) -> Int {
    let distances = centres.map { centre in
      zip(centre, inputs).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
    }
    return distances.indices.min { distances[$0] < distances[$1] } ?? 0
  }
}

/// Arms of a spiral in the plane, one for each class: no straight line tells them apart.
public struct Spirals: MadeUpProblem {
  public let classCount: Int
  /// How often an arm goes round.
  public let turns: Double
  /// The standard deviation of every coordinate; arms at radius 1 are 1 / (classes · turns) apart.
  public let noise: Double

  /// - Throws: `badData` where a number is out of its range.
  public init(classes: Int = 2, turns: Double = 1.5, noise: Double = 0) throws(Failure) {
    try checkMadeUp(classes: classes, dimension: 2, noise: noise)
    guard turns > 0, turns.isFinite else {
      throw Failure(.badData, "a spiral of \(turns) turns is none")
    }
    classCount = classes
    self.turns = turns
    self.noise = noise
  }

  public var title: String { "\(classCount) spirals" }
  public var dimension: Int { 2 }

  public func draw(
    class wanted: Int, from stream: inout RandomStream
  ) -> (inputs: [Float], label: Int) {
    // The root spreads points evenly along the arm.
    let radius = stream.nextUnit().squareRoot()
    let angle = 2 * Double.pi * (turns * radius + Double(wanted) / Double(classCount))
    let deviation = normals(2, from: &stream)
    let point = [radius * cos(angle), radius * sin(angle)]
    return (zip(point, deviation).map { Float($0 + noise * $1) }, wanted)
  }

  /// The class whose arm goes through the point, exact without noise.
  public func arm(through inputs: [Float]) -> Int {
    let (x, y) = (Double(inputs[0]), Double(inputs[1]))
    let radius = (x * x + y * y).squareRoot()
    let share = (atan2(y, x) / (2 * Double.pi) - turns * radius) * Double(classCount)
    let arm = Int(share.rounded()) % classCount
    return arm < 0 ? arm + classCount : arm
  }
}

/// Standard normal inputs, labelled by a random network: a network of its size has error 0.
public struct Teacher: MadeUpProblem {
  /// The network that gives the labels.
  public let network: Network
  /// The share of labels that are drawn anew, uniformly over all classes.
  public let labelNoise: Double

  /// A problem with a random teacher.
  ///
  /// - Parameter hidden: The widths of the teacher's hidden layers.
  /// - Throws: `badData` where a number is out of its range.
  public init(
    classes: Int, dimension: Int, hidden: [Int], labelNoise: Double = 0,
    from stream: inout RandomStream
  ) throws(Failure) {
    try checkMadeUp(classes: classes, dimension: dimension, noise: labelNoise)
    guard labelNoise <= 1, hidden.allSatisfy({ $0 > 0 }) else {
      throw Failure(
        .badData, "a teacher of widths \(hidden) with label noise \(labelNoise) is none")
    }
    let graph = Graph.mlp(inputShape: [dimension], hidden: hidden, classes: classes)
    var parameters: [Tensor] = []
    for declared in graph.parameters {
      // Normal weights of variance 2 / inputs keep the size of signals; biases are small.
      let inputs = declared.shape.count == 2 ? declared.shape[1] : 0
      let scale = inputs > 0 ? (2 / Double(inputs)).squareRoot() : 0.1
      let values = normals(declared.shape.reduce(1, *), from: &stream).map { Float(scale * $0) }
      parameters.append(Tensor(shape: declared.shape, values: values))
    }
    network = try Network(graph: graph, parameters: parameters)
    self.labelNoise = labelNoise
  }

  public var title: String {
    "a teacher of \(network.graph.widths.map(String.init).joined(separator: "-"))"
  }
  public var classCount: Int { network.graph.classCount }
  public var dimension: Int { network.graph.featureCount(of: 0) }

  public func draw(
    class wanted: Int, from stream: inout RandomStream
  ) -> (inputs: [Float], label: Int) {
    let inputs = normals(dimension, from: &stream).map { Float($0) }
    let isRedrawn = stream.nextUnit() < labelNoise
    return (inputs, isRedrawn ? stream.nextInt(below: classCount) : answer(to: inputs))
  }

  /// The teacher's class for a sample, computed in 64 bits.
  public func answer(to inputs: [Float]) -> Int {
    var signal = inputs.map(Double.init)
    let count = network.parameters.count
    for layer in stride(from: 0, to: count, by: 2) {
      let weights = network.parameters[layer]
      let biases = network.parameters[layer + 1]
      signal = (0..<weights.shape[0]).map { row in
        weights.withBuffer { buffer in
          signal.indices.reduce(Double(biases[row])) {
            $0 + Double(buffer[row * signal.count + $1]) * signal[$1]
          }
        }
      }
      if layer + 2 < count { signal = signal.map { max($0, 0) } }
    }
    return signal.indices.max { signal[$0] < signal[$1] } ?? 0
  }
}

/// Independent standard normal numbers.
private func normals(_ count: Int, from stream: inout RandomStream) -> [Double] {
  var numbers: [Double] = []
  while numbers.count < count {
    let (one, other) = stream.nextNormalPair()
    numbers += numbers.count + 1 < count ? [one, other] : [one]
  }
  return numbers
}

private func checkMadeUp(classes: Int, dimension: Int, noise: Double) throws(Failure) {
  guard (2...256).contains(classes) else {
    throw Failure(.badData, "a made-up problem of \(classes) classes is none: from 2 to 256")
  }
  guard dimension > 0 else {
    throw Failure(.badData, "a made-up problem of \(dimension) inputs is none")
  }
  guard noise >= 0, noise.isFinite else {
    throw Failure(.badData, "a made-up problem with noise \(noise) is none: at least 0")
  }
}
