import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct CurveTests {
  @Test(arguments: [[], [16], [12, 10, 8]])
  func theFastCurveEqualsBlendingAndScoring(hidden: [Int]) throws {
    let data = smallProblem(samples: 1_300)
    let networks = try trainedNetworks(2, hidden: hidden, on: data)
    let alphas = try Curve.grid(points: 9)
    let fast = try Curve.measure(from: networks[0], to: networks[1], on: data, alphas: alphas)
    let plain = try Curve.measuredPlainly(
      from: networks[0], to: networks[1], on: data, alphas: alphas)
    for (a, b) in zip(fast.scores, plain.scores) {
      #expect(abs(a.loss - b.loss) < 1e-5)
      #expect(abs(a.errorCount - b.errorCount) <= 1)
    }
    // The ends are the networks themselves, to the bit.
    #expect(fast.first == plain.first)
    #expect(fast.second == plain.second)
  }

  @Test func keptProductsChangeNoBit() throws {
    let data = smallProblem(samples: 1_300)
    let networks = try trainedNetworks(2, hidden: [16, 8], on: data)
    let alphas = try Curve.grid(points: 5)
    let products = networks.map {
      FirstLayerProducts(of: $0, on: data, pool: WorkPool(threadCount: 3))
    }
    let kept = try Curve.measure(
      from: networks[0], to: networks[1], on: data, alphas: alphas,
      products: (products[0], products[1]))
    let half = try Curve.measure(
      from: networks[0], to: networks[1], on: data, alphas: alphas, products: (nil, products[1]))
    let plain = try Curve.measure(from: networks[0], to: networks[1], on: data, alphas: alphas)
    #expect(products.allSatisfy { $0 != nil })
    #expect(kept == plain && half == plain)
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let data = smallProblem(samples: 2_000)
    let networks = try trainedNetworks(2, hidden: [16], on: data)
    let alphas = try Curve.grid(points: 5)
    let curves = try [1, 2, 3].map { threads in
      try Curve.measure(
        from: networks[0], to: networks[1], on: data, alphas: alphas,
        pool: WorkPool(threadCount: threads))
    }
    #expect(curves[0] == curves[1])
    #expect(curves[0] == curves[2])
  }

  @Test func equalNetworksHaveNoBarrier() throws {
    let data = smallProblem()
    let network = try trainedNetworks(1, hidden: [16], on: data)[0]
    let curve = try Curve.measure(
      from: network, to: network, on: data, alphas: Curve.grid(points: 25))
    let barrier = Barrier(curve: curve)
    #expect(barrier.error.height == 0)
    #expect(barrier.loss.height == 0)
    #expect(Set(curve.scores).count == 1)
  }

  @Test func turningThePairRoundTurnsTheCurveRound() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(2, hidden: [16], on: data)
    let alphas = try Curve.grid(points: 9)
    let there = try Curve.measure(from: networks[0], to: networks[1], on: data, alphas: alphas)
    let back = try Curve.measure(from: networks[1], to: networks[0], on: data, alphas: alphas)
    for (a, b) in zip(there.scores, back.scores.reversed()) {
      #expect(abs(a.loss - b.loss) < 1e-5)
    }
    #expect(there.first == back.second)
  }

  @Test func alphaWeighsTheFirstNetwork() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(2, hidden: [16], on: data)
    let curve = try Curve.measure(
      from: networks[0], to: networks[1], on: data, alphas: Curve.grid(points: 3))
    #expect(curve.first == (try networks[0].score(on: data)))
    #expect(curve.second == (try networks[1].score(on: data)))
  }

  /// Trap 14: a midpoint loss called a barrier.
  @Test func theBarrierFollowsItsFormula() throws {
    func score(_ loss: Double, _ errors: Int) -> Score {
      Score(loss: loss, errorCount: errors, count: 100)
    }
    // α = 0 is the second network. Line at α = 0.25: 0.2 + 0.25 · 0.2 = 0.25.
    let curve = Curve(
      alphas: [0, 0.25, 0.5, 0.75, 1],
      scores: [score(0.2, 10), score(0.9, 40), score(0.8, 30), score(0.6, 20), score(0.4, 10)],
      dataName: "made up")
    let line = Barrier(curve: curve).loss
    #expect(abs(line.height - 0.65) < 1e-12)
    #expect(line.alpha == 0.25)
    let mean = Barrier(curve: curve, baseline: .mean).loss
    #expect(abs(mean.height - 0.6) < 1e-12)
    #expect(abs(Barrier(curve: curve).error.height - 0.3) < 1e-12)
  }

  // Shares were subtracted, and 13 of 1000 came out as 0.013000000000000012.
  @Test func errorBarriersAreExactSharesOfTheCounts() {
    func barrier(_ errors: [Int], _ baseline: BarrierBaseline) -> Barrier {
      let scores = errors.map { Score(loss: 0, errorCount: $0, count: 1000) }
      let alphas = errors.indices.map { Double($0) / Double(errors.count - 1) }
      return Barrier(
        curve: Curve(alphas: alphas, scores: scores, dataName: "made up"), baseline: baseline)
    }
    #expect(0.143 - 0.13 != 0.013)
    for base in stride(from: 0, to: 900, by: 7) {
      for baseline in [BarrierBaseline.line, .mean] {
        #expect(barrier([base, base + 13, base], baseline).error.height == 0.013)
      }
      #expect(barrier([base, base + 2, base + 1, base, base], .line).error.height == 0.002)
      #expect(
        barrier([base, base + 9, base + 13, base + 9, base + 8], .line).error.height == 0.009)
    }
    #expect(Score(loss: 0, errorCount: 9, count: 10).accuracy == 0.1)
  }

  @Test func theBarrierOfAMetricIsARiseOrAFall() throws {
    let scores = [Score](repeating: Score(loss: 0, errorCount: 0, count: 10), count: 5)
    let alphas = [0, 0.25, 0.5, 0.75, 1]
    let lines = [true, false].map { isLowerBetter in
      MetricLine(
        MetricTraits(id: isLowerBetter ? "rise" : "fall", isLowerBetter: isLowerBetter),
        values: [0.5, 0.75, 0.5, 0.25, 0.75])
    }
    let curve = Curve(alphas: alphas, scores: scores, metrics: lines, dataName: "made up")
    let barrier = Barrier(curve: curve)
    #expect(barrier.metric("rise") == BarrierHeight(height: 0.1875, alpha: 0.25))
    #expect(barrier.metric("fall") == BarrierHeight(height: 0.4375, alpha: 0.75))
    #expect(barrier.metric("other") == nil)
    let mean = Barrier(curve: curve, baseline: .mean)
    #expect(mean.metric("rise") == BarrierHeight(height: 0.125, alpha: 0.25))
    #expect(mean.metric("fall") == BarrierHeight(height: 0.375, alpha: 0.75))
  }

  @Test func aValleyIsNoNegativeBarrier() {
    let scores = [0.5, 0.1, 0.5].map { Score(loss: $0, errorCount: 0, count: 10) }
    let curve = Curve(alphas: [0, 0.5, 1], scores: scores, dataName: "made up")
    #expect(Barrier(curve: curve).loss.height == 0)
  }

  @Test(arguments: [-1, 0, 1, 2, 4, 24])
  func refusesGridsWithoutAMiddle(points: Int) {
    #expect(throws: Failure.self) { try Curve.grid(points: points) }
  }

  @Test func aBlendOfEqualWeightsIsThatWeight() {
    var stream = RandomStream(seed: 1, name: "blend")
    let weights = (0..<4_096).map { _ in Float(stream.nextNormalPair().0) }
    let tensor = Tensor(shape: [4_096], values: weights)
    let twin = Tensor(shape: [4_096], values: weights)
    for alpha in [0, 0.1, 0.3, 0.5, 0.7, 1] { #expect(blend(tensor, twin, at: alpha) == tensor) }
    // What the exact form is for: the textbook form misses a good part of all weights.
    let textbook = weights.filter { Float(0.3) * $0 + (1 - Float(0.3)) * $0 != $0 }
    #expect(textbook.count > 100)
  }

  @Test func theAverageOfEqualNetworksIsThatNetwork() throws {
    let graph = Graph.mlp(inputShape: [5], hidden: [6], classes: 3)
    let network = Network(graph: graph, initial: .he, from: RandomStream(seed: 1, name: "w"))
    for count in 2...5 {
      #expect(Network.average(of: Array(repeating: network, count: count)) == network)
    }
  }

  /// It took the rectified numbers for both.
  @Test func aLayerThatIsReadWithAndWithoutItsRectifierIsNotCut() throws {
    let graph = Graph(nodes: [
      .init("input", .input(shape: [6]), inputs: []),
      .init("first", .linear(outputs: 5), inputs: [0]),
      .init("relu", .relu, inputs: [1]),
      .init("second", .linear(outputs: 5), inputs: [2]),
      .init("sum", .add, inputs: [3, 1]),
      .init("fc", .linear(outputs: 3), inputs: [4]),
    ])
    let data = smallImages(samples: 30, shape: [6], classes: 3)
    let ends = (0..<2 as Range<UInt64>).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: "ends"))
    }
    let curve = try Curve.measure(
      from: ends[0], to: ends[1], on: data, alphas: Curve.grid(points: 3))
    let middle = try Network.average(of: ends).score(on: data)
    #expect(abs(curve.scores[1].loss - middle.loss) < 1e-6)
  }

  @Test func moreClassesThanLabelsCanName() throws {
    let graph = Graph.mlp(inputShape: [4], hidden: [3], classes: 1000)
    let network = Network(
      graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "classes"))
    let score = try network.score(on: smallImages(samples: 20, shape: [4], classes: 3))
    #expect(abs(score.loss - log(1000)) < 1)
  }
}
