import Contract
import Kernel

/// Activation matching: units are matched by how alike they respond to the data.
///
/// Li et al. (2015) match by the correlation of activations; Ainsworth, Hayase, Srinivasa (2022),
/// Section 3.1, by their inner product. One pass over the data gives E[a bᵀ] of every hidden layer,
/// and each layer is one assignment of its own: which units match does not depend on the order of
/// the layer below.
public struct ActivationMatching: SearchPlugin {
  private let similarity: Similarity
  private let samples: Int?

  /// When two units are alike.
  enum Similarity: String, CaseIterable, Sendable {
    /// Pearson's, which no unit's scale matters to.
    case correlation
    case covariance
    /// The mean of the products, means left in: Git Re-Basin's.
    case product
  }

  public static let card = MethodCard(
    id: "activation_match",
    summary: "match units that respond alike to the data",
    description: """
      Each hidden layer of a network is matched to that of the first by one assignment, which \
      maximizes the summed similarity of the activations over the data. Correlation does not see \
      the scale of units, covariance and product do: the choice moves barriers by many points, so \
      it is said beside the result. A unit that never changes has no correlation: dead units are \
      matched to dead ones. The cost is minus the mean similarity of the matched units, averaged \
      over layers and the networks that move.
      """,
    version: "1",
    papers: [
      "Li, Yosinski, Clune, Lipson, Hopcroft (2015): Convergent Learning: Do different neural "
        + "networks learn the same representations?, arXiv:1511.07543",
      "Ainsworth, Hayase, Srinivasa (2022): Git Re-Basin: Merging Models modulo Permutation "
        + "Symmetries, arXiv:2209.04836, Section 3.1",
    ],
    parameters: [
      Parameter(
        "similarity", .word(Similarity.allCases.map(\.rawValue)), default: "correlation",
        help: "what makes two units alike"),
      Parameter(
        "samples", .integer(1...Int.max), words: ["all"], default: "all",
        help: "take the activations on a fixed random subset of the data"),
    ],
    needsData: true, drawsRandomNumbers: true, costName: "minus mean similarity of activations",
    stepName: "layer", recoversPermutations: true)

  public init(_ settings: Settings) throws(Failure) {
    similarity = Similarity(rawValue: settings.word("similarity")) ?? .correlation
    samples = settings.integerIfGiven("samples")
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    guard let data = task.data else {
      throw Failure(
        .incompatible, "activation_match needs data to activate units with",
        notes: ["give data=…"])
    }
    let graph = task.networks[0].graph
    // Where several layers make one group of units, their similarities add up.
    let layers = try MatchedLayer.all(of: graph)
    let activations = layers.map { $0.map { graph.activation(after: $0.node) } }
    // Ranges of one layer's units are groups of their own.
    let nodes = Set(activations.joined()).sorted()
    var progress = Steps(task, count: (task.networks.count - 1) * layers.count)
    var permutations = task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    var (cost, startCost) = (0.0, 0.0)
    let chosen = subset(of: data, task)
    for (index, network) in task.networks.enumerated().dropFirst() {
      // Nothing to find, and rounding must not find it.
      let isEqual = network.parameters == task.networks[0].parameters
      do throws(Failure) {
        let moments = Dictionary(
          uniqueKeysWithValues: zip(
            nodes,
            try task.networks[0].crossMoments(
              with: network, at: nodes, on: data, samples: chosen, pool: task.pool,
              stop: task.stop)))
        var isMatched = layers.map { _ in false }
        for group in layers.indices {
          guard progress.mayGoOn else { break }
          let own = zip(layers[group], activations[group]).compactMap { layer, node in
            moments[node]?.part(layer.rows)
          }
          let alike = own.map { similarities($0, task) }.reduced
          guard progress.mayGoOn else { break }
          let identity = Array(0..<alike.rows)
          var columns = identity
          if !isEqual {
            // What reads units that are not matched yet cannot tell dead ones apart.
            let ready = zip(own, layers[group]).filter { $0.1.isReady(isMatched) }
            let ties = deadTies(ready, task.networks[0], network, permutations[index])
            columns = try Assignment(
              minimizing: (ties.map { [alike, $0].reduced } ?? alike).negated(task),
              stop: task.stop
            ).columns
          }
          guard let permutation = Permutation(columns) else {
            preconditionFailure("an assignment that is no permutation")
          }
          // Costs that were negated half the way assign something, too.
          guard progress.mayGoOn else { break }
          permutations[index].groups[group] = permutation
          isMatched[group] = true
          cost -= alike.mean(of: columns) / Double(layers.count)
          startCost -= alike.mean(of: identity) / Double(layers.count)
          progress.next()
        }
      } catch {
        guard error.code == .stopped else { throw error }
      }
    }
    var outcome = progress.outcome(
      permutations, cost: cost, startCost: startCost,
      reason: "every layer matched by \(similarity.rawValue)", parts: "layers")
    if let chosen {
      outcome.notes.append(SearchOutcome.noteOfSamples(chosen.count, of: data.count))
    }
    return outcome
  }

  private func subset(of data: DataSet, _ task: SearchTask) -> [Int]? {
    guard let samples, samples < data.count else { return nil }
    var stream = task.random.child("samples")
    return stream.nextOrder(count: data.count).prefix(samples).sorted()
  }

  /// How alike each unit of the first network is to each of the second; of no use once the task's stop
  /// signal is raised.
  private func similarities(_ moment: CrossMoment, _ task: SearchTask) -> Matrix {
    switch similarity {
    case .product: return moment.products
    case .covariance: return moment.makeCovariance(pool: task.pool, stop: task.stop)
    case .correlation:
      var result = moment.makeCovariance(pool: task.pool, stop: task.stop)
      let first = moment.first.deviations.map { $0.map { 1 / $0 } }
      let second = moment.second.deviations.map { $0.map { 1 / $0 } }
      result.fillRows(pool: task.pool, stop: task.stop) { row, values in
        for column in values.indices {
          switch (first[row], second[column]) {
          case (let a?, let b?): values[column] = min(max(values[column] * a * b, -1), 1)
          // Dead units are like each other and like nothing else.
          case (nil, nil): values[column] = 1
          default: values[column] = 0
          }
        }
      }
      return result
    }
  }

  /// What tells dead units apart: how alike their weights are, made so small that it decides nothing
  /// else; `nil` where no two dead units meet.
  ///
  /// - Parameters:
  ///   - makers: The layers that make the units, of which everything that they read is matched.
  ///   - permutation: In which they read it.
  private func deadTies(
    _ makers: [(moment: CrossMoment, layer: MatchedLayer)], _ first: Network,
    _ second: Network, _ permutation: NetworkPermutation
  ) -> Matrix? {
    guard similarity == .correlation else { return nil }
    var ties: Matrix?
    for (moment, layer) in makers {
      let dead = [moment.first, moment.second].map { units in
        units.deviations.enumerated().filter { $0.element == nil }.map(\.offset)
      }
      guard !dead[0].isEmpty, !dead[1].isEmpty else { continue }
      let a = layer.units(of: first, order: nil)
      let b = layer.units(of: second, order: layer.inputOrder(permutation))
      var own = ties ?? Matrix(rows: moment.products.rows, columns: moment.products.columns)
      for row in dead[0] {
        for column in dead[1] {
          let (x, y) = (a.row(row), b.row(column))
          let distance = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
          let size = x.reduce(0) { $0 + $1 * $1 } + y.reduce(0) { $0 + $1 * $1 }
          own.values[row * own.columns + column] -= size > 0 ? 1e-6 * distance / size : 0
        }
      }
      ties = own
    }
    return ties
  }
}

extension [Matrix] {
  /// The sum of matrices of one shape.
  fileprivate var reduced: Matrix {
    dropFirst().reduce(into: self[0]) { sum, matrix in
      for place in sum.values.indices { sum.values[place] += matrix.values[place] }
    }
  }
}

extension Matrix {
  fileprivate func negated(_ task: SearchTask) -> Matrix {
    var result = self
    result.fillRows(pool: task.pool, stop: task.stop) { _, values in
      for place in values.indices { values[place] = -values[place] }
    }
    return result
  }

  fileprivate func row(_ row: Int) -> ArraySlice<Double> {
    values[row * columns..<(row + 1) * columns]
  }

  /// The mean over the rows of what they have in their columns.
  fileprivate func mean(of chosen: [Int]) -> Double {
    var sum = 0.0
    for (row, column) in chosen.enumerated() { sum += values[row * columns + column] }
    return sum / Double(Swift.max(chosen.count, 1))
  }
}
