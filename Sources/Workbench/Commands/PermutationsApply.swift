import Contract
import Kernel

extension Command {
  /// Renumbers the hidden units of networks as permutations say.
  static let apply = Command(
    "apply", .permutations, "renumber the hidden units of networks as permutations say",
    details: """
      There must be as many networks as permutations. That the function stays the same is checked \
      on random inputs before the networks are returned.
      """,
    positional: [
      Parameter(
        "permutations", .value([.permutations, .result]),
        help: "permutations, or the result of a search")
    ],
    rest: Rest(.nets), results: .kinds([.networks]),
    examples: ["moved = apply p a b", "moved = apply p.permutations a b"],
    examplePreparation: Examples.result, seeAlso: ["invert", "compose", "shuffle"]
  ) { call throws(Failure) in
    let permutations = try call.permutations("permutations")
    let networks = call.networks("nets")
    guard networks.count == permutations.count else {
      throw Failure(
        .incompatible,
        "there are permutations for \(Content.counted(permutations.count, "network")), and "
          + "\(Content.counted(networks.count, "network")) to apply them to")
    }
    var moved: [Network] = []
    for (network, permutation) in zip(networks, permutations) {
      moved.append(
        try FunctionGate(for: network.graph).permute(
          network, by: permutation, pool: call.pool, stop: call.stop))
    }
    return [.networks(moved)]
  }

  /// Does one permutation after another.
  static let compose = Command(
    "compose", .permutations, "the permutations that do the first and then the second",
    details: """
      `apply (compose p q) a b` is `apply q NETS` on the networks that `apply p a b` gives.
      """,
    positional: [
      Parameter("first", .value([.permutations, .result]), help: "what is done first"),
      Parameter("second", .value([.permutations, .result]), help: "what is done then"),
    ],
    results: .kinds([.permutations]), examples: ["nothing_moves = compose p (invert p)"],
    examplePreparation: Examples.result, seeAlso: ["invert", "apply"]
  ) { call throws(Failure) in
    let first = try call.permutations("first")
    let second = try call.permutations("second")
    guard first.count == second.count else {
      throw Failure(
        .incompatible,
        "the first holds permutations for \(Content.counted(first.count, "network")), the second "
          + "for \(second.count)")
    }
    for (network, (a, b)) in zip(first, second).enumerated()
    where a.groups.map(\.count) != b.groups.map(\.count) {
      throw Failure(
        .incompatible,
        "network \(network + 1) has hidden layers of \(a.sizesText) units in the first and of "
          + "\(b.sizesText) in the second")
    }
    return [
      .permutations(
        zip(first, second).map { $1.after($0) }, layers: call.permutationLayers("first"))
    ]
  }

  /// Undoes permutations.
  static let invert = Command(
    "invert", .permutations, "the permutations that undo others",
    positional: [
      Parameter(
        "permutations", .value([.permutations, .result]),
        help: "permutations, or the result of a search")
    ],
    results: .kinds([.permutations]), examples: ["back = invert p"],
    examplePreparation: Examples.result, seeAlso: ["compose", "apply"]
  ) { call throws(Failure) in
    [
      .permutations(
        try call.permutations("permutations").map(\.inverse),
        layers: call.permutationLayers("permutations"))
    ]
  }
}

extension Invocation {
  /// The permutations in a parameter; throws for a result that has none.
  func permutations(_ name: String) throws(Failure) -> [NetworkPermutation] {
    if let permutations = permutationsIfGiven(name) { return permutations }
    throw Failure(
      .wrongKind, "`\(name)` holds no permutations: its method learns weights",
      notes: ["its networks are `.networks`"])
  }
}

extension Invocation {
  /// The layers that the permutations in a parameter are for.
  fileprivate func permutationLayers(_ name: String) -> [PermutationFile.Group] {
    switch value(name)?.content {
    case .permutations(_, let layers)?: layers
    case .result(let result)?: result.layers
    default: []
    }
  }
}

extension NetworkPermutation {
  /// The sizes of the groups: `512, 512`.
  fileprivate var sizesText: String {
    groups.isEmpty ? "no" : groups.map { String($0.count) }.joined(separator: ", ")
  }
}
