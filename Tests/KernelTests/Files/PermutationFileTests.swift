import TestSupport
import Testing

@testable import Kernel

@Suite struct PermutationFileTests {
  static let graph = Graph.mlp(inputShape: [1, 2, 2], hidden: [5, 3], classes: 2)

  static func permutations(_ count: Int) -> [NetworkPermutation] {
    (0..<count).map {
      NetworkPermutation(
        randomFor: graph, from: RandomStream(seed: UInt64($0), name: "permutation file"))
    }
  }

  @Test(arguments: ["p.json", "p.h5", "p.npz", "p.safetensors"], [1, 3])
  func roundTrips(name: String, count: Int) throws {
    let folder = try TestFolder()
    let file = try PermutationFile(Self.permutations(count), for: Self.graph)
    try file.write(to: folder.file(name))
    let read = try PermutationFile(readingFrom: folder.file(name))
    #expect(read == file)
    #expect(Fixture.failure { try read.check(for: Self.graph) } == nil)
  }

  /// Groups that have parts of axes, with names such as `node1[0..2]`.
  @Test(arguments: ["p.json", "p.h5", "p.npz", "p.safetensors"])
  func rangesOfUnitsRoundTrip(name: String) throws {
    let folder = try TestFolder()
    for named in ["groups that cut each other", "residual with groups"] {
      let graph = try #require(imageGraphs.first { $0.name == named }?.graph)
      let permutation = NetworkPermutation(
        randomFor: graph, from: RandomStream(seed: 1, name: "ranges"))
      let file = try PermutationFile([permutation], for: graph)
      try file.write(to: folder.file(name))
      let read = try PermutationFile(readingFrom: folder.file(name))
      #expect(read == file)
      #expect(Fixture.failure { try read.check(for: graph) } == nil)
    }
    for rows in ["3", "[3]", "[2, 2]", "[-1, 2]", "[1, 2.5]"] {
      let text = """
        {"basin_kind": "permutations", "basin_version": 1, "groups": [{"name": "a", "count": 1,
         "axes": [{"parameter": "w", "axis": 1, "block": 1, "rows": \(rows)}]}], "permutations": []}
        """
      try text.write(toFile: folder.file("wrong.json"), atomically: true, encoding: .utf8)
      let failure = Fixture.failure {
        _ = try PermutationFile(readingFrom: folder.file("wrong.json"))
      }
      #expect(failure?.code == .fileMalformed)
    }
  }

  @Test func jsonHoldsWhatIsNeededToApplyIt() throws {
    // The ten lines of Python in Documentation/formats.md, in Swift: no knowledge of the graph.
    let network = try NetworkFileTests.network(Self.graph)
    let permutation = Self.permutations(1)[0]
    let json = try PermutationFile([permutation], for: Self.graph).json
    var result = network
    let orders = try #require(json["permutations"]?.elements?.first)
    for group in try #require(json["groups"]?.elements) {
      let name = try #require(group["name"]?.text)
      let sources = try #require(orders[name]?.integers)
      for axis in try #require(group["axes"]?.elements) {
        let parameter = try #require(axis["parameter"]?.text)
        let index = try #require(
          Self.graph.parameters.firstIndex { $0.name == parameter })
        let block = try #require(axis["block"]?.integer)
        let number = try #require(axis["axis"]?.integer)
        let shape = result.parameters[index].shape
        var moved = result.parameters[index]
        let order = sources.flatMap { source in (0..<block).map { source * block + $0 } }
        let columns = shape.count == 2 ? shape[1] : 1
        for row in 0..<shape[0] {
          for column in 0..<columns {
            let from = number == 0 ? order[row] * columns + column : row * columns + order[column]
            moved[row * columns + column] = result.parameters[index][from]
          }
        }
        result.parameters[index] = moved
      }
    }
    #expect(result == network.permuted(by: permutation))
  }

  @Test func refusesOtherStructures() throws {
    let other = Graph.mlp(inputShape: [1, 2, 2], hidden: [5, 4], classes: 2)
    #expect(
      Fixture.failure { _ = try PermutationFile(Self.permutations(1), for: other) }?.code
        == .incompatible)
    let file = try PermutationFile(Self.permutations(1), for: Self.graph)
    #expect(
      Fixture.failure { try file.check(for: other) }?.message
        == "the permutations are for layers fc1 of 5, fc2 of 3, and the network has fc1 of 5, "
        + "fc2 of 4")
  }

  private func refusal(_ text: String) throws -> Failure? {
    let folder = try TestFolder()
    try SafeWrite.text(text, to: folder.file("p.json"))
    return Fixture.failure { _ = try PermutationFile(readingFrom: folder.file("p.json")) }
  }

  @Test func refusesWhatIsNoPermutation() throws {
    func file(_ sources: String, kind: String = "permutations", version: Int = 1) -> String {
      """
      {"basin_kind": "\(kind)", "basin_version": \(version),
       "groups": [{"name": "fc1", "count": 3, "axes": []}], "permutations": [{"fc1": \(sources)}]}
      """
    }
    #expect(try refusal(file("[2, 0, 1]")) == nil)
    for sources in ["[0, 0, 1]", "[1, 2, 3]", "[-1, 0, 1]", "[0, 1]", "[0, 1, 2, 3]"] {
      #expect(try refusal(file(sources))?.code == .badData, "\(sources)")
    }
    for sources in ["[0, 1, 2.5]", "\"210\"", "null"] {
      #expect(try refusal(file(sources))?.code == .fileMalformed, "\(sources)")
    }
    #expect(try refusal(file("[2, 0, 1]", kind: "networks"))?.code == .fileMalformed)
    #expect(try refusal(file("[2, 0, 1]", version: 2))?.code == .unsupportedFormat)
    #expect(try refusal("{}")?.message.hasSuffix("holds no permutations") == true)
    #expect(try refusal("{")?.code == .fileMalformed)
    #expect(try refusal("")?.code == .fileMalformed)
    #expect(
      Fixture.failure { _ = try PermutationFile(readingFrom: Fixture.path("stored.npz")) }?.message
        == "`\(Fixture.path("stored.npz"))` holds no permutations")
  }
}
