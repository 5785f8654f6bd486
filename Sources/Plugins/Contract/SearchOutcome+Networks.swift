import Kernel

extension SearchOutcome {
  /// The networks as the search leaves them: learned, or the given ones permuted.
  ///
  /// Permutations pass the gate first: whatever is scored computes the function that was given.
  /// Throws where there are not as many as networks, they are for another architecture, or a
  /// permuted network computes something else.
  public func networks(
    from given: [Network], pool: WorkPool = .shared
  ) throws(Failure) -> [Network] {
    if let learnedNetworks { return learnedNetworks }
    guard let permutations, permutations.count == given.count else {
      throw Failure(
        .incompatible,
        "the search gave \(permutations?.count ?? 0) permutations for \(given.count) networks")
    }
    var result: [Network] = []
    for (network, permutation) in zip(given, permutations) {
      let gate = FunctionGate(for: network.graph)
      result.append(try gate.permute(network, by: permutation, pool: pool))
    }
    return result
  }
}
