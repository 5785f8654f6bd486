import Contract
import Foundation
import Kernel

/// The permutation that the proof of Theorem 3.1 constructs, for one hidden layer and few inputs.
///
/// Entezari et al. (2022), Appendix D. [−1/√d, 1/√d]^d is cut into cells of side 2ξ. Units of two
/// networks whose incoming weights lie in one cell are matched at random; those that are left over
/// in their cells are matched at random, too. ξ ∝ h^(−1/(2d+4)); the proof leaves the factor to
/// logarithms, and here it is the best of a few.
public struct GridMatching: SearchPlugin {
  private let cell: Double?

  public static let card = MethodCard(
    id: "grid_match",
    summary: "match units whose weights share a cell of a grid, as the proof of Theorem 3.1 does",
    description: """
      For networks of one hidden layer and at most 3 inputs: the construction in the proof of \
      Theorem 3.1, for seeing how the gap to linearity falls with the width (`gap`). The cube of \
      incoming weights, [-1/√d, 1/√d]^d, is cut into cells of side 2ξ. Units of two networks in \
      one cell are matched at random, the rest at random among themselves. Weights outside the \
      cube count to the nearest cell; biases and outgoing weights are not looked at: the theorem \
      has no biases (`train mlp initial=unbiased epochs=0`).

      The proof takes ξ as h^(-1/(2d+4)) times a factor that it does not fix, and its own is too \
      fine at practical widths. cell=auto tries 1 to 4 h^(1/(2d+4)) cells along each axis and \
      keeps the one whose matched weights are nearest, which is what the proof bounds. The cost \
      is the squared distance of the matched incoming weights, averaged over the units.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, Theorem 3.1 and Appendix D"
    ],
    parameters: [
      Parameter(
        "cell", .real(1e-6...1e6), words: ["auto"], default: "auto",
        help: "the side of a cell, 2ξ, made to divide the cube; auto takes the best of a few")
    ],
    needsData: false, drawsRandomNumbers: true,
    costName: "squared distance of the matched incoming weights", stepName: "network",
    mostInputs: 3, mostHiddenLayers: 1)

  public init(_ settings: Settings) throws(Failure) { cell = settings.realIfGiven("cell") }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let graph = task.networks[0].graph
    let inputs = graph.featureCount(of: 0)
    let groups = graph.axisGroups
    guard inputs <= Self.card.mostInputs ?? 0, groups.count <= 1, graph.isPerceptron else {
      throw Failure(
        .incompatible,
        "grid_match is for one hidden layer and at most 3 inputs, and these networks are "
          + graph.widthsText)
    }
    for network in task.networks { try network.checkFinite() }
    var permutations = task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    var progress = Steps(task, count: task.networks.count - 1)
    var (cost, startCost, grids) = (0.0, 0.0, [Grid]())
    let places = groups.first.map { group in
      group.axes.first { $0.axis == 0 && graph.parameters[$0.parameter].role == .weight }?.parameter
    }
    for (index, network) in task.networks.enumerated().dropFirst() where progress.mayGoOn {
      if let weight = places.flatMap({ $0 }), network.parameters != task.networks[0].parameters {
        let first = Units(task.networks[0].parameters[weight], inputs: inputs)
        let second = Units(network.parameters[weight], inputs: inputs)
        let stream = task.random.child("network", index + 1)
        var best: (sources: [Int], cost: Double, grid: Grid)?
        for count in cellCounts(units: first.count, inputs: inputs) where !task.stop.isRaised {
          let grid = Grid(cells: count, inputs: inputs)
          let sources = match(first, second, on: grid, from: stream.child("cells", count))
          let distance = first.meanSquaredDistance(to: second, sources)
          if distance < best?.cost ?? .infinity { best = (sources, distance, grid) }
        }
        // Of a network whose cells were not all tried, nothing is said.
        guard progress.mayGoOn else { break }
        guard let best, let permutation = Permutation(best.sources) else { continue }
        permutations[index].groups[0] = permutation
        cost += best.cost
        startCost += first.meanSquaredDistance(to: second, Array(0..<first.count))
        grids.append(best.grid)
      }
      progress.next()
    }
    var outcome = progress.outcome(
      permutations, cost: cost, startCost: startCost, reason: "every network matched",
      parts: "networks")
    if !grids.isEmpty {
      let cells = grids.map { Double($0.cells) }
      outcome.figures = [
        .init("cells along an axis", cells.reduce(0, +) / Double(cells.count)),
        .init("side of a cell", grids.reduce(0) { $0 + $1.side } / Double(grids.count)),
      ]
    }
    return outcome
  }

  /// How many cells to try along each axis.
  func cellCounts(units: Int, inputs: Int) -> ClosedRange<Int> {
    if let cell {
      let whole = 2 / Double(inputs).squareRoot()
      // A million cells are more than there are units.
      let count = Int(min(max((whole / cell).rounded(), 1), 1e6))
      return count...count
    }
    let scale = pow(Double(max(units, 1)), 1 / Double(2 * inputs + 4))
    return 1...max(1, Int((4 * scale).rounded(.up)))
  }

  /// For each unit of the first network, that of the second that goes with it.
  private func match(
    _ first: Units, _ second: Units, on grid: Grid, from stream: RandomStream
  ) -> [Int] {
    var stream = stream
    // In random order, so that who is paired in a cell, and who is left over, is left to chance.
    var waiting: [Int: [Int]] = [:]
    for unit in stream.nextOrder(count: second.count) {
      waiting[grid.cell(of: second[unit]), default: []].append(unit)
    }
    var sources = [Int](repeating: -1, count: first.count)
    var isTaken = [Bool](repeating: false, count: second.count)
    for unit in stream.nextOrder(count: first.count) {
      guard let partner = waiting[grid.cell(of: first[unit])]?.popLast() else { continue }
      sources[unit] = partner
      isTaken[partner] = true
    }
    var rest = isTaken.indices.filter { !isTaken[$0] }
    stream.shuffle(&rest)
    for unit in sources.indices where sources[unit] < 0 { sources[unit] = rest.removeLast() }
    return sources
  }
}

/// Cells of equal side that fill [−1/√d, 1/√d]^d.
struct Grid: Hashable, Sendable {
  /// Along each axis.
  let cells: Int
  let inputs: Int

  /// 2ξ.
  var side: Double { 2 / Double(inputs).squareRoot() / Double(cells) }

  /// The number of the cell nearest to a unit's weights, as in Equation 3.
  func cell(of weights: [Float]) -> Int {
    let edge = 1 / Double(inputs).squareRoot()
    return weights.reduce(0) { number, weight in
      let place = ((Double(weight) + edge) / side).rounded(.down)
      return number * cells + Int(min(max(place, 0), Double(cells - 1)))
    }
  }
}

/// The incoming weights of a layer's units.
private struct Units {
  private let values: [Float]
  private let inputs: Int

  init(_ tensor: Tensor, inputs: Int) {
    values = tensor.values
    self.inputs = inputs
  }

  var count: Int { values.count / max(inputs, 1) }

  subscript(unit: Int) -> [Float] { Array(values[unit * inputs..<(unit + 1) * inputs]) }

  func meanSquaredDistance(to other: Units, _ sources: [Int]) -> Double {
    var sum = 0.0
    for (unit, source) in sources.enumerated() {
      for input in 0..<inputs {
        let difference =
          Double(values[unit * inputs + input]) - Double(other.values[source * inputs + input])
        sum += difference * difference
      }
    }
    return sum / Double(max(count, 1))
  }
}
