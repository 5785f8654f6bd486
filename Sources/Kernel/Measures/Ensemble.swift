internal import CVector
import Foundation

/// What predictions score on a data set, with how far their confidence can be trusted.
public struct PredictionScore: Hashable, Sendable {
  /// Mean cross-entropy; `nil` for predictions without probabilities, such as a vote.
  public var loss: Double?
  /// How many predictions are wrong.
  public var errorCount: Int
  /// How many samples were looked at.
  public var count: Int
  public var calibration: Calibration

  /// The share of right predictions.
  public var accuracy: Double { Double(count - errorCount) / Double(max(count, 1)) }
  /// The share of wrong predictions.
  public var error: Double { Double(errorCount) / Double(max(count, 1)) }
}

/// Several networks on one data set: each alone, and what they say together.
public struct EnsembleScores: Hashable, Sendable {
  /// Each network by itself, in order.
  public var members: [PredictionScore]
  /// The mean of the logits, then the softmax.
  public var logits: PredictionScore
  /// The mean of the probabilities.
  public var probabilities: PredictionScore
  /// The class that most networks predict; its confidence is its share of the votes.
  ///
  /// Among classes with equally many votes the one with the larger mean probability wins, then the
  /// first. Two networks that disagree are such a tie.
  public var vote: PredictionScore
}

extension Network {
  /// Loss, error and calibration on a data set; loss and error are those of `score` to the bit.
  public func predictionScore(
    on data: DataSet, bins: Int, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> PredictionScore {
    try Network.ensembleScores(of: [self], on: data, bins: bins, pool: pool, stop: stop).members[0]
  }

  /// What networks of one architecture predict alone and together.
  ///
  /// One forward pass of each network per block of samples, shared among the pool's threads; sums
  /// are added in block order. What is computed from the logits is in 64 bits. A single network
  /// stands for itself in all of it.
  ///
  /// - Throws: `stopped` where `stop` was raised before every sample was seen.
  public static func ensembleScores(
    of networks: [Network], on data: DataSet, bins: Int, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> EnsembleScores {
    precondition(!networks.isEmpty, "an ensemble of no networks")
    try checkAlike(networks)
    try networks[0].checkTakes(data)
    for network in networks { try network.checkFinite() }
    let graph = networks[0].graph
    let weights = networks.map(SharedWeights.init)
    let length = graph.scoringBlock
    let scratch = ScratchPool {
      EnsembleScratch(graph, networks.count, min(length, data.count), stop)
    }
    let blockCount = (data.count + length - 1) / length
    let parts = pool.map(count: blockCount) { block -> EnsembleSums? in
      if stop.isRaised { return nil }
      let first = block * length
      let sums = scratch.use { scratch in
        scratch.sums(
          data, first: first, count: min(length, data.count - first), weights: weights,
          bins: bins)
      }
      // A pass that was stopped in its middle has computed nothing.
      return stop.isRaised ? nil : sums
    }
    var total = EnsembleSums(networkCount: networks.count, bins: bins)
    for part in parts {
      guard let part else {
        throw Failure(.stopped, "stopped before every sample of \(data.name) was seen")
      }
      total.add(part)
    }
    let scores = total.scores(count: data.count)
    let losses = (scores.members + [scores.logits, scores.probabilities]).compactMap(\.loss)
    guard losses.allSatisfy(\.isFinite) else {
      throw Failure(.notFinite, "the loss on \(data.name) is not a finite number")
    }
    return scores
  }
}

/// Sums over samples, of each network and of the three ways to join them.
struct EnsembleSums: Sendable {
  var members: [Sums]
  var logits: Sums
  var probabilities: Sums
  var vote: Sums

  struct Sums: Sendable {
    var loss = 0.0
    var errors = 0
    var calibration: Calibration

    mutating func add(_ other: Sums) {
      loss += other.loss
      errors += other.errors
      calibration.add(other.calibration)
    }

    func score(count: Int, hasLoss: Bool = true) -> PredictionScore {
      PredictionScore(
        loss: hasLoss ? loss / Double(count) : nil, errorCount: errors, count: count,
        calibration: calibration)
    }
  }

  init(networkCount: Int, bins: Int) {
    let none = Sums(calibration: Calibration(binCount: bins))
    members = [Sums](repeating: none, count: networkCount)
    (logits, probabilities, vote) = (none, none, none)
  }

  mutating func add(_ other: EnsembleSums) {
    for index in members.indices { members[index].add(other.members[index]) }
    logits.add(other.logits)
    probabilities.add(other.probabilities)
    vote.add(other.vote)
  }

  /// Adds one sample.
  ///
  /// Members' losses are summed apart, as `score` sums them.
  ///
  /// - Parameter rows: The logits of each network, classes each.
  mutating func addSample(_ rows: [[Double]], label: Int) {
    let classes = rows[0].count
    let scale = 1 / Double(rows.count)
    var meanLogits = [Double](repeating: 0, count: classes)
    var meanProbabilities = [Double](repeating: 0, count: classes)
    var votes = [Int](repeating: 0, count: classes)
    var labelLogs: [Double] = []
    for (index, row) in rows.enumerated() {
      let logs = Self.logSoftmax(row)
      let choice = Self.largest(row)
      members[index].calibration.add(confidence: exp(logs[choice]), isRight: choice == label)
      votes[choice] += 1
      labelLogs.append(logs[label])
      for place in 0..<classes {
        meanLogits[place] += row[place] * scale
        meanProbabilities[place] += exp(logs[place]) * scale
      }
    }
    let joined = Self.logSoftmax(meanLogits)
    Self.add(Self.largest(meanLogits), label, &logits) { exp(joined[$0]) }
    logits.loss -= joined[label]
    Self.add(Self.largest(meanProbabilities), label, &probabilities) { meanProbabilities[$0] }
    // log mean p = log Σ exp(log p) − log n: a probability too small for 64 bits still has its log.
    probabilities.loss -= Self.logSumExp(labelLogs) - log(Double(rows.count))
    let winner = Self.winner(votes, meanProbabilities)
    Self.add(winner, label, &vote) { Double(votes[$0]) * scale }
  }

  func scores(count: Int) -> EnsembleScores {
    EnsembleScores(
      members: members.map { $0.score(count: count) }, logits: logits.score(count: count),
      probabilities: probabilities.score(count: count),
      vote: vote.score(count: count, hasLoss: false))
  }

  private static func add(
    _ choice: Int, _ label: Int, _ sums: inout Sums, confidence: (Int) -> Double
  ) {
    sums.errors += choice == label ? 0 : 1
    sums.calibration.add(confidence: min(confidence(choice), 1), isRight: choice == label)
  }

  /// The class with most votes; of several the one with the larger mean probability, then the first.
  private static func winner(_ votes: [Int], _ probabilities: [Double]) -> Int {
    var best = 0
    for place in votes.indices.dropFirst()
    where (votes[place], probabilities[place]) > (votes[best], probabilities[best]) {
      best = place
    }
    return best
  }

  /// The first of the largest.
  private static func largest(_ row: [Double]) -> Int {
    var best = 0
    for place in row.indices.dropFirst() where row[place] > row[best] { best = place }
    return best
  }

  private static func logSumExp(_ values: [Double]) -> Double {
    let top = values.max() ?? 0
    return top + log(values.reduce(0) { $0 + exp($1 - top) })
  }

  private static func logSoftmax(_ row: [Double]) -> [Double] {
    let sum = logSumExp(row)
    return row.map { $0 - sum }
  }
}

/// One thread's memory for a block of samples.
private final class EnsembleScratch {
  private let graph: Graph
  private let workspace: Workspace
  /// Networks × samples × classes.
  private let logits: FloatBuffer
  private let capacity: Int

  init(_ graph: Graph, _ networkCount: Int, _ capacity: Int, _ stop: StopSignal) {
    self.graph = graph
    self.capacity = capacity
    workspace = Workspace(graph: graph, capacity: capacity, stop: stop)
    logits = FloatBuffer(count: networkCount * capacity * graph.classCount)
  }

  func sums(
    _ data: DataSet, first: Int, count: Int, weights: [SharedWeights], bins: Int
  ) -> EnsembleSums {
    var sums = EnsembleSums(networkCount: weights.count, bins: bins)
    let (features, classes) = (graph.featureCount(of: 0), graph.classCount)
    let stride = capacity * classes
    data.inputs.withBuffer { inputs in
      data.labels.withUnsafeBufferPointer { labels in
        guard let x = inputs.baseAddress, let y = labels.baseAddress else { return }
        for (index, network) in weights.enumerated() {
          let rows = workspace.forward(network.buffer, input: x + first * features, count: count)
          var (loss, errors) = (0.0, 0)
          basin_cross_entropy(rows, y + first, count, classes, nil, 0, &loss, &errors)
          sums.members[index].loss = loss
          sums.members[index].errors = errors
          (logits.start + index * stride).update(from: rows, count: count * classes)
        }
        for sample in 0..<count {
          let rows = weights.indices.map { index in
            let start = logits.start + index * stride + sample * classes
            return (0..<classes).map { Double(start[$0]) }
          }
          sums.addSample(rows, label: Int(y[first + sample]))
        }
      }
    }
    return sums
  }
}
