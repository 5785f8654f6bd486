/// Checks that a permuted network still computes its function, before anybody scores it.
///
/// f(P(θ, π)) = f(θ) for every input if and only if every axis that mentions a unit moved. A wrong
/// axis or P in place of Pᵀ gives another function, and every number measured after that would be
/// about some other network. So the logits of random inputs are compared. The inputs are the same
/// each time: a result must not depend on how often it was checked.
public struct FunctionGate: Sendable {
  private let inputs: Tensor
  /// How far logits may be apart, as a share of the largest logit: reordered sums of float32 differ
  /// by rounding, a wrong permutation by nearly everything.
  public static let tolerance: Float = 1e-5
  /// Each sample is one more chance to notice; more than a few add nothing, since a wrong
  /// permutation changes the logits of almost every input.
  private static let sampleCount = 16

  /// A gate for networks of this graph.
  public init(for graph: Graph) {
    var stream = RandomStream(seed: 0, name: "function gate")
    var values: [Float] = []
    for _ in 0..<Self.sampleCount * graph.featureCount(of: 0) {
      values.append(Float(stream.nextNormalPair().0))
    }
    inputs = Tensor(shape: [Self.sampleCount] + graph.inputShape, values: values)
  }

  /// The permuted network, if it computes the same function as the given one.
  ///
  /// Throws where the permutation is one for another architecture, the function changed, or `stop` is
  /// raised before that is known.
  public func permute(
    _ network: Network, by permutation: NetworkPermutation, pool: WorkPool = .shared,
    stop: StopSignal? = nil
  ) throws(Failure) -> Network {
    guard permutation.fits(network.graph) else {
      throw Failure(
        .incompatible,
        "the permutations are for groups of \(listText(permutation.groups.map(\.count))) units, "
          + "and the network has groups of \(listText(network.graph.axisGroups.map(\.count)))")
    }
    let permuted = network.permuted(by: permutation, pool: pool, stop: stop)
    if !permutation.isIdentity { try check(permuted, computes: network, pool: pool, stop: stop) }
    return permuted
  }

  /// Throws unless both networks give the same logits on random inputs, to rounding.
  public func check(
    _ network: Network, computes original: Network, pool: WorkPool = .shared,
    stop: StopSignal? = nil
  ) throws(Failure) {
    // Side by side: the few samples are one piece of work for each network.
    let logits = pool.map(count: 2) { side in
      (side == 0 ? original : network).logits(of: inputs, pool: pool, stop: stop).values
    }
    if let stop, stop.isRaised {
      throw Failure(.stopped, "stopped before the permuted network was checked")
    }
    let (expected, seen) = (logits[0], logits[1])
    guard (expected + seen).allSatisfy(\.isFinite) else {
      throw Failure(.notFinite, "a network's logits on random inputs are not finite numbers")
    }
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let difference = zip(expected, seen).reduce(0) { max($0, abs($1.0 - $1.1)) }
    guard difference <= Self.tolerance * scale else {
      throw Failure(
        .functionNotPreserved,
        "the permuted network computes another function: logits differ by \(difference) where the "
          + "largest is \(scale)",
        notes: ["nothing was scored with it; this is a mistake of the method that made it"])
    }
  }
}

private func listText(_ counts: [Int]) -> String {
  counts.isEmpty ? "no" : counts.map(String.init).joined(separator: ", ")
}
