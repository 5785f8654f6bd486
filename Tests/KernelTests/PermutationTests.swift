import Testing

@testable import Kernel

@Suite struct PermutationTests {
  private func random(_ count: Int, _ seed: UInt64) -> Permutation {
    var stream = RandomStream(seed: seed, name: "permutation test")
    return Permutation(random: count, from: &stream)
  }

  @Test(arguments: [0, 1, 2, 7, 64], 0..<10 as Range<UInt64>)
  func inverseUndoes(count: Int, seed: UInt64) {
    let permutation = random(count, seed)
    #expect(permutation.after(permutation.inverse).isIdentity)
    #expect(permutation.inverse.after(permutation).isIdentity)
    #expect(permutation.inverse.inverse == permutation)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func afterIsOneThenTheOther(seed: UInt64) {
    let (first, second) = (random(9, seed), random(9, seed + 100))
    let letters = Array("abcdefghi")
    #expect(
      second.after(first).applied(to: letters) == second.applied(to: first.applied(to: letters)))
  }

  @Test func afterIsNotTheOtherWayAround() throws {
    // A swap and a 3-cycle do not commute: exchanging them would pass any test made of one alone.
    let cycle = try #require(Permutation([1, 2, 0]))
    let swap = try #require(Permutation([1, 0, 2]))
    #expect(cycle.after(swap) == Permutation([0, 2, 1]))
    #expect(swap.after(cycle) == Permutation([2, 1, 0]))
  }

  @Test func sourcesAreAGather() throws {
    let cycle = try #require(Permutation([2, 0, 1]))
    #expect(cycle.applied(to: ["a", "b", "c"]) == ["c", "a", "b"])
    #expect(cycle.inverse.sources == [1, 2, 0])
  }

  @Test func refusesWhatIsNoPermutation() {
    #expect(Permutation([0, 0]) == nil)
    #expect(Permutation([1, 2]) == nil)
    #expect(Permutation([-1, 0]) == nil)
    #expect(Permutation([]) != nil)
  }

  @Test func countsFixedPoints() throws {
    let permutation = try #require(Permutation([0, 2, 1, 3]))
    #expect(permutation.fixedPointCount == 2)
    #expect(!permutation.isIdentity)
    #expect(permutation.swapping(1, 2).isIdentity)
  }

  @Test func randomOnesAreUniform() {
    var stream = RandomStream(seed: 1, name: "uniform")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6_000 { counts[Permutation(random: 3, from: &stream).sources, default: 0] += 1 }
    #expect(counts.count == 6)
    // 1 000 each with a deviation of 29; five of these on either side.
    for count in counts.values { #expect(abs(count - 1_000) < 145) }
  }

  /// Renumbered networks have one key; any other weight, or two weights that changed places, another.
  @Test func aRenumberedNetworkHasTheSameKey() throws {
    let graph = Graph.mlp(inputShape: [5], hidden: [7, 4, 6], classes: 3)
    let stream = RandomStream(seed: 3, name: "renumbering")
    let network = Network(graph: graph, initial: .uniform, from: stream.child("weights"))
    let key = network.renumberingKey()
    for index in 0..<20 {
      let permutation = NetworkPermutation(randomFor: graph, from: stream.child("order", index))
      #expect(network.permuted(by: permutation).renumberingKey() == key)
    }
    #expect(
      Network(graph: graph, initial: .uniform, from: stream.child("others")).renumberingKey() != key
    )
    for parameter in graph.parameters.indices {
      var other = network
      other.parameters[parameter].withMutableBuffer { $0.swapAt(0, 1) }
      #expect(other.renumberingKey() != key, "\(graph.parameters[parameter].name)")
      var changed = network
      changed.parameters[parameter].withMutableBuffer { $0[2] += 1 }
      #expect(changed.renumberingKey() != key)
    }
  }
}
