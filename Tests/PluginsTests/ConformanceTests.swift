import Kernel
import Synchronization
import Testing

@testable import Contract
@testable import Plugins

@Suite struct ConformanceTests {
  /// By name, since a test's arguments are shown.
  static let methods = Registry.all.map { $0.card.id }

  @Test(arguments: methods, Conformance.checks)
  func everyMethodConforms(id: String, check: Conformance.Check) throws {
    let method = try #require(Registry.method(id))
    let restarts = ["weight_match": 3, "merge_many": 6][id]
    let settings = restarts.map { ["restarts": Setting.integer($0)] } ?? [:]
    #expect(check.complaints(about: method, settings: settings) == [])
  }

  @Test func idsAreUniqueAndFound() {
    let ids = Self.methods
    #expect(Set(ids).count == ids.count)
    for id in ["sa1", "sa2", "fd", "weight_match", "identity", "random"] {
      #expect(Registry.method(id)?.card.id == id)
    }
    #expect(Registry.method("weight_mach") == nil)
  }

  @Test(arguments: [[9], [8, 8], [6, 9, 6]])
  func plantedPermutationsAreNotMadeOfSwaps(hidden: [Int]) {
    for number in 0..<3 {
      let graph = Conformance.Problem.network(hidden: hidden, number: number).graph
      let planted = NetworkPermutation(
        randomFor: graph, from: RandomStream(seed: 2, name: "planted").child("number", number))
      #expect(planted != planted.inverse)
    }
  }

  /// A search that did not end held its check up for ever.
  @Test(arguments: Conformance.checks.dropFirst())
  func aCheckEndsWithItsStop(check: Conformance.Check) {
    let stop = StopSignal.raised(afterMicroseconds: 10_000)
    let method = SearchMethod(Endless.self)
    #expect(
      check.complaints(about: method, stop: stop) == [Conformance.stopped.description])
  }

  // MARK: - The checks can fail

  /// The complaints of one check.
  private func complaints(_ name: String, _ method: any SearchPlugin.Type) throws -> [String] {
    let check = try #require(Conformance.checks.first { $0.name == name })
    return check.complaints(about: SearchMethod(method))
  }

  @Test func complainsOfACardWithMistakes() throws {
    let found = try complaints("describes itself", Careless.self)
    #expect(
      found == [
        "the id `Care less` is no word of a-z, 0-9 and _",
        "the summary ends with a full stop",
        "there is no description",
        "the parameter `depth` stands twice",
        "the default of `depth`, `12`, is not of its kind and range",
        "the help of `depth` is empty",
        "`seed` is every search's own",
      ])
  }

  @Test func complainsOfPInPlaceOfItsInverse() throws {
    #expect(
      try complaints("recovers a planted permutation", Transposed.self) == [
        "a planted permutation of 1 hidden layers was not found",
        "a planted permutation of 2 hidden layers was not found",
        "a planted permutation of 3 hidden layers was not found",
      ])
  }

  @Test func complainsOfPermutationsThatDoNotFit() throws {
    #expect(
      try complaints("gives permutations that fit", Sparing.self) == [
        "there are 1 permutations for 2 networks", "there are 1 permutations for 3 networks",
      ])
  }

  @Test func complainsOfChanceThatKnowsNoSeed() throws {
    let found = try complaints("gives the same bits at any number of threads", Restless.self)
    #expect(found.contains("another cost at 1 threads than before at 1"))
  }

  @Test func complainsOfACostBetweenEqualNetworks() throws {
    #expect(try complaints("finds nothing between equal networks", Restless.self).count == 2)
  }

  @Test func complainsOfOneThatForgetsItsCheckpoint() throws {
    #expect(
      try complaints("goes on as if never stopped", Forgetful.self) == [
        "it can resume, and left no checkpoint when it was stopped"
      ])
  }
}

@Suite struct SettingsDefaultsTests {
  private func setting(_ kind: ParameterKind, _ text: String, words: [String] = []) -> Setting? {
    try? Parameter("x", kind, words: words, help: "for a test").setting(from: text)
  }

  @Test func readsWhatAPersonTypes() {
    #expect(setting(.integer(1...100_000), "50k") == .integer(50_000))
    #expect(setting(.integer(1...10_000_000), "1.5M") == .integer(1_500_000))
    #expect(setting(.integer(1...9), "10") == nil)
    #expect(setting(.integer(1...9), "1.5") == nil)
    #expect(setting(.real(0...1), "5%") == .real(0.05))
    #expect(setting(.real(0...1), "1e-3") == .real(0.001))
    #expect(setting(.real(0...1), "nan") == nil)
    #expect(setting(.real(0...1), "auto", words: ["auto"]) == .word("auto"))
    #expect(setting(.real(0...1), "auto") == nil)
    #expect(setting(.yesNo, "yes") == .yesNo(true))
    #expect(setting(.word(["a", "b"]), "b") == .word("b"))
    #expect(setting(.word(["a", "b"]), "c") == nil)
    #expect(setting(.interval(0...1), "0.4..0.6") == .interval(0.4, 0.6))
    #expect(setting(.interval(0...1), "0.6..0.4") == nil)
  }

  @Test func fillsInDefaultsAndRefusesStrangers() throws {
    let settings = try Settings(defaultsOf: FunctionalDifference.card, ["samples": .integer(9)])
    #expect(settings.names == ["hessian", "match", "samples", "sweeps"])
    #expect(settings.word("match") == "greedy")
    #expect(settings.integerIfGiven("samples") == 9)
    #expect(throws: Failure.self) {
      try Settings(defaultsOf: FunctionalDifference.card, ["sample": .integer(9)])
    }
  }
}

// MARK: - Methods that break a promise each

/// A card full of mistakes.
private struct Careless: SearchPlugin {
  static let card = MethodCard(
    id: "Care less", summary: "does nothing.", description: "",
    parameters: [
      Parameter("depth", .integer(1...9), default: "12", help: "how deep"),
      Parameter("depth", .integer(1...9), default: "1", help: ""),
      Parameter("seed", .integer(1...9), default: "1", help: "another seed"),
    ],
    needsData: false, drawsRandomNumbers: false)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(permutations: [NetworkPermutation(identityFor: task.networks[0].graph)])
  }
}

/// One permutation for all networks together.
private struct Sparing: SearchPlugin {
  static let card = MethodCard(
    id: "sparing", summary: "one permutation for all", description: "For a test.",
    needsData: false, drawsRandomNumbers: false)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(permutations: [NetworkPermutation(identityFor: task.networks[0].graph)])
  }
}

/// Finds the right permutation and gives it the wrong way around.
private struct Transposed: SearchPlugin {
  static let card = MethodCard(
    id: "transposed", summary: "weight matching with P for its inverse", description: "For a test.",
    needsData: false, drawsRandomNumbers: true, recoversPermutations: true)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    var outcome = try WeightMatching(Settings(["restarts": .integer(5)])).search(task)
    outcome.permutations = outcome.permutations?.map(\.inverse)
    return outcome
  }
}

/// Counts its calls, and calls that a cost.
private struct Restless: SearchPlugin {
  static let card = MethodCard(
    id: "restless", summary: "never the same twice", description: "For a test.",
    needsData: false, drawsRandomNumbers: true, costName: "calls")
  private static let calls = Atomic<Int>(0)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(
      permutations: task.networks.map {
        NetworkPermutation(
          groups: $0.graph.axisGroups.map {
            Permutation(identity: $0.count).swapping(0, $0.count - 1)
          })
      }, cost: Double(Self.calls.add(1, ordering: .relaxed).newValue))
  }
}

/// Never ends by itself.
private struct Endless: SearchPlugin {
  static let card = MethodCard(
    id: "endless", summary: "waits for its stop", description: "For a test.", needsData: false,
    drawsRandomNumbers: false, costName: "nothing", canResume: true, recoversPermutations: true)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    while !task.stop.isRaised {}
    return SearchOutcome(
      permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) }, cost: 0,
      status: .partial(0, "stopped"))
  }
}

/// Stops when asked and keeps nothing.
private struct Forgetful: SearchPlugin {
  static let card = MethodCard(
    id: "forgetful", summary: "stops and forgets", description: "For a test.",
    needsData: false, drawsRandomNumbers: false, canResume: true)
  init(_ settings: Settings) throws(Failure) {}
  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    for step in 0..<10 {
      task.progress.report(ProgressReport(share: Double(step) / 10))
      if task.stop.isRaised {
        return SearchOutcome(permutations: nil, status: .partial(Double(step) / 10, "stopped"))
      }
    }
    return SearchOutcome(
      permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) })
  }
}
